import type { Lane } from './lane.ts';

/** Lanes that go to another process: waits until this one holds nothing of them any more. */
export class HandOver {
  readonly #leaving = new Set<Lane>();
  #onLeft: (() => void)[] = [];

  /** Resolves when the last hand-off of these lanes, and of those given before, has its outcome. */
  async left(lanes: Iterable<Lane>): Promise<void> {
    for (const lane of lanes) if (lane.heldCount > 0) this.#leaving.add(lane);
    if (this.#leaving.size > 0) await new Promise<void>((resolve) => this.#onLeft.push(resolve));
  }

  /** A hand-off has ended. */
  released(lane: Lane): void {
    if (lane.heldCount > 0 || !this.#leaving.delete(lane) || this.#leaving.size > 0) return;
    for (const resolve of this.#onLeft.splice(0)) resolve();
  }
}
