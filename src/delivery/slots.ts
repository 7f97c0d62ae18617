import type { Lane } from './lane.ts';

/** The kind of slot that a lane waits for; the dispatcher has a list of parked lanes for each. */
export type SlotTier = 'sick' | 'busy' | 'new' | 'quick';

/**
 * Decides which lanes may have one more request in flight, of the `concurrency` of the process.
 *
 * | tier    | lanes                                          | start while fewer are in flight than   |
 * | ------- | ---------------------------------------------- | -------------------------------------- |
 * | `sick`  | with standing `sick`                           | half in all sick lanes, ¾ in all lanes |
 * | `busy`  | `quick` or `new`, with requests in flight      | ¾                                      |
 * | `new`   | `new`, with nothing in flight                  | ⅞                                      |
 * | `quick` | `quick`, with nothing in flight                | all                                    |
 *
 * So endpoints that hang, however many, never hold the slots that healthy endpoints need. One sick
 * lane may hold as many slots as are left of the sick lanes' half: the fewer sick lanes there are,
 * the more each gets, and one lane never gets all (the dynamic threshold of Choudhury and Hahne, 1998).
 */
export class Slots {
  readonly #concurrency: number;
  readonly #limits: Readonly<Record<SlotTier, number>>;
  #inFlight = 0;
  #sickInFlight = 0;

  constructor(concurrency: number) {
    const part = (of: number) => Math.ceil(concurrency * of);
    this.#concurrency = concurrency;
    this.#limits = { sick: part(1 / 2), busy: part(3 / 4), new: part(7 / 8), quick: concurrency };
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get full(): boolean {
    return this.#inFlight >= this.#concurrency;
  }

  tier(lane: Lane): SlotTier {
    const { standing } = lane;
    return standing === 'sick' || lane.inFlight === 0 ? standing : 'busy';
  }

  admits(lane: Lane): boolean {
    const tier = this.tier(lane);
    if (tier !== 'sick') return this.#inFlight < this.#limits[tier];
    const left = this.#limits.sick - this.#sickInFlight;
    const share = lane.inFlight === 0 ? left > 0 : lane.inFlight < left;
    return share && this.#inFlight < this.#limits.busy;
  }

  /** One more request of the lane is in flight. */
  begin(lane: Lane): void {
    lane.inFlight++;
    this.#inFlight++;
    if (lane.standing === 'sick') this.#sickInFlight++;
  }

  /** A request of the lane has its result; `wasSlow`: it was counted in `slowInFlight`. */
  end(lane: Lane, wasSlow: boolean): void {
    this.#count(lane, -1);
    lane.inFlight--;
    if (wasSlow) lane.slowInFlight--;
    this.#count(lane, 1);
  }

  /** Changes the lane in a way that may change its standing. */
  change(lane: Lane, change: () => void): void {
    this.#count(lane, -1);
    change();
    this.#count(lane, 1);
  }

  #count(lane: Lane, sign: 1 | -1): void {
    this.#inFlight += sign * lane.inFlight;
    if (lane.standing === 'sick') this.#sickInFlight += sign * lane.inFlight;
  }
}
