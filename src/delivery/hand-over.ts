import type { Lane } from './lane.ts';

/** Lanes that go to another process: waits until this one holds nothing of them any more. */
export class HandOver {
  /** Whether requests were in flight when it began to leave. */
  readonly #leaving = new Map<Lane, boolean>();
  readonly #onQuiet: (lane: Lane) => void;
  #onLeft: (() => void)[] = [];

  /** `onQuiet` is called with each lane of which the last request in flight has its outcome. */
  constructor(onQuiet: (lane: Lane) => void) {
    this.#onQuiet = onQuiet;
  }

  /** Resolves when the last hand-off of these lanes, and of those given before, has its outcome. */
  async left(lanes: Iterable<Lane>): Promise<void> {
    for (const lane of lanes) if (lane.heldCount > 0) this.#leaving.set(lane, lane.inFlight > 0);
    if (this.#leaving.size > 0) await new Promise<void>((resolve) => this.#onLeft.push(resolve));
  }

  /** A hand-off has ended. */
  released(lane: Lane): void {
    const wasBusy = this.#leaving.get(lane);
    if (lane.heldCount > 0 || wasBusy === undefined) return;
    this.#leaving.delete(lane);
    if (wasBusy) this.#onQuiet(lane);
    if (this.#leaving.size > 0) return;
    for (const resolve of this.#onLeft.splice(0)) resolve();
  }
}
