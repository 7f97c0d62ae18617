import type { Lane } from './lane.ts';

/** Lanes that move to another process: waits until this process holds none of their hand-offs. */
export class HandOver {
  /** By lane: whether requests were in flight when the lane began to leave. */
  readonly #leaving = new Map<Lane, boolean>();
  readonly #onQuiet: (lane: Lane) => void;
  #onLeft: (() => void)[] = [];

  /** `onQuiet` is called with each leaving lane once the last of its requests in flight has its outcome. */
  constructor(onQuiet: (lane: Lane) => void) {
    this.#onQuiet = onQuiet;
  }

  /** Resolves when the last hand-off of these lanes, and of all lanes that are leaving, has its outcome. */
  async left(lanes: Iterable<Lane>): Promise<void> {
    for (const lane of lanes) if (lane.heldCount > 0) this.#leaving.set(lane, lane.inFlight > 0);
    if (this.#leaving.size > 0) await new Promise<void>((resolve) => this.#onLeft.push(resolve));
  }

  /** Call after each hand-off of the lane that has ended. */
  released(lane: Lane): void {
    const wasBusy = this.#leaving.get(lane);
    if (lane.heldCount > 0 || wasBusy === undefined) return;
    this.#leaving.delete(lane);
    if (wasBusy) this.#onQuiet(lane);
    if (this.#leaving.size > 0) return;
    for (const resolve of this.#onLeft.splice(0)) resolve();
  }
}
