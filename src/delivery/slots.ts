import type { Lane } from './lane.ts';

/** The kind of slot that a lane waits for; the dispatcher has a list of parked lanes for each. */
export type SlotTier = 'sick' | 'tried' | 'busy' | 'new' | 'quick';

/**
 * Decides which lanes may have one more request in flight, of the `concurrency` of the process.
 *
 * | tier    | lanes                            | start while fewer are in flight than                |
 * | ------- | -------------------------------- | --------------------------------------------------- |
 * | `sick`  | with standing `sick`             | half in all sick lanes, ⅝ unproven, ¾ in all lanes  |
 * | `tried` | `new`, with requests in flight   | half unproven, ¾ in all lanes                       |
 * | `busy`  | `quick`, with requests in flight | ¾ in all lanes                                      |
 * | `new`   | `new`, with nothing in flight    | ⅝ unproven, ⅞ in all lanes                          |
 * | `quick` | `quick`, with nothing in flight  | all                                                 |
 *
 * A lane that failed quickly counts as `new` while nothing of it is in flight: its request will hardly hold the slot
 * for long.
 *
 * A request is unproven when its lane was not quick as the request began. So endpoints that hang, however many,
 * never hold the slots that healthy endpoints need, whether they are known to hang or are new: a new one holds its
 * slots for a whole time-out.
 *
 * One sick lane may hold as many slots as are left of the sick lanes' half: the fewer sick lanes there are,
 * the more each gets, and one lane never gets all (the dynamic threshold of Choudhury and Hahne, 1998).
 */
export class Slots {
  readonly #concurrency: number;
  readonly #half: number;
  readonly #fiveEighths: number;
  readonly #limits: Readonly<Record<SlotTier, number>>;
  #inFlight = 0;
  #sickInFlight = 0;
  #unproven = 0;

  constructor(concurrency: number) {
    const part = (of: number) => Math.ceil(concurrency * of);
    const most = part(3 / 4);
    this.#concurrency = concurrency;
    this.#half = part(1 / 2);
    // Fewer than eight slots are not divided: all may be new.
    this.#fiveEighths = concurrency - 3 * Math.floor(concurrency / 8);
    this.#limits = { sick: most, tried: most, busy: most, new: part(7 / 8), quick: concurrency };
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get full(): boolean {
    return this.#inFlight >= this.#concurrency;
  }

  tier(lane: Lane): SlotTier {
    const { standing } = lane;
    // A single 500 of a healthy endpoint: it must not wait behind those that hang.
    if (lane.failedQuickly && lane.inFlight === 0) return 'new';
    if (standing === 'sick' || lane.inFlight === 0) return standing;
    return standing === 'new' ? 'tried' : 'busy';
  }

  admits(lane: Lane): boolean {
    const tier = this.tier(lane);
    if (this.#inFlight >= this.#limits[tier]) return false;
    if (tier === 'tried') return this.#unproven < this.#half;
    if (tier === 'busy' || tier === 'quick') return true;
    if (this.#unproven >= this.#fiveEighths) return false;
    if (tier === 'new') return true;
    const left = this.#half - this.#sickInFlight;
    return lane.inFlight === 0 ? left > 0 : lane.inFlight < left;
  }

  /** One more request of the lane is in flight. Returns whether the lane was not quick, which `end` must be told. */
  begin(lane: Lane): boolean {
    const isUnproven = lane.standing !== 'quick';
    if (isUnproven) this.#unproven++;
    lane.inFlight++;
    this.#inFlight++;
    if (lane.standing === 'sick') this.#sickInFlight++;
    return isUnproven;
  }

  /** A request of the lane has its result; `wasSlow`: it was counted in `slowInFlight`. */
  end(lane: Lane, wasSlow: boolean, wasUnproven: boolean): void {
    if (wasUnproven) this.#unproven--;
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
