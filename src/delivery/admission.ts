import type { Lane } from './lane.ts';
import type { DeliveryLimits } from './limits.ts';

export interface AdmissionOptions {
  readonly limits: DeliveryLimits;
  /** Called when there is capacity again for deliveries that had to stay in the storage. */
  readonly onCapacity: () => void;
}

/** How many deliveries a claim may bring, per lane; its reservation counts as held. */
export interface LaneCapacities {
  readonly capacities: ReadonlyMap<string, number>;
  /** The capacity of lanes that are not in `capacities`. */
  readonly defaultCapacity: number;
}

/**
 * Owns capacity: how many hand-offs the process may hold, and how many each lane. Publishers,
 * sweeper and broker ask here, and nothing else bounds hand-offs. A hand-off is held from the
 * reservation until its outcome is in the storage; a delivery without capacity stays in the storage.
 *
 * Two rules for a lane:
 *
 * - **It may hold a part of what is free** (`laneCountPart`, `laneCharsPart`): the more lanes want
 *   everything, the less each gets (the dynamic threshold of Choudhury and Hahne, 1998). A part of the
 *   whole does not count as free (`RESERVES`): most for sick lanes, none for quick lanes that hold
 *   nothing. So a healthy lane that holds nothing finds capacity, however many other lanes hang. Of the
 *   characters the parts are larger, because few large payloads fill them, and a claim needs
 *   `sweepChars` of them at once.
 * - **It may hold what it can use soon**: a number for each request of its window, fewer when the
 *   lane is sick or has a rate, one while its breaker probes, none while it is paused or disabled.
 *
 * Offered deliveries (new ones, and those of other processes) may fill only half of a lane. The
 * other half is for deliveries from the storage, which are older: a stream of new ones must not
 * keep them out.
 */
export class Admission {
  readonly #limits: DeliveryLimits;
  readonly #onCapacity: () => void;
  #count = 0;
  #chars = 0;
  #isShort = false;
  /** Once so few characters are held, a claim can serve a lane that was refused for lack of them. */
  #charsToWakeAt = -1;
  #closed = false;

  constructor({ limits, onCapacity }: AdmissionOptions) {
    this.#limits = limits;
    this.#onCapacity = onCapacity;
  }

  get freeCount(): number {
    return Math.max(this.#limits.heldCount - this.#count, 0);
  }

  /** Refuses everything from now on. */
  close(): void {
    this.#closed = true;
  }

  /** Takes capacity for a delivery that a publisher or another process offers. False: there is none. */
  admit(lane: Lane, chars: number, nowMs: number): boolean {
    const admitted =
      !this.#closed &&
      this.freeCount > 0 &&
      lane.heldCount < this.limitOf(lane, nowMs) / 2 &&
      this.#fitsLane(lane, chars);
    if (admitted) this.hold(lane, chars);
    else lane.backlogged = true;
    return admitted;
  }

  /** Takes capacity for a claim, before its lanes are known. False: there is none. */
  reserve(count: number, chars: number): boolean {
    const admitted = !this.#closed && count > 0 && this.#fits(count, chars);
    if (admitted) this.#add(count, chars);
    else this.#isShort = true;
    return admitted;
  }

  /** Gives back the capacity of a claim; its hand-offs are then held lane by lane. */
  unreserve(count: number, chars: number): void {
    this.#add(-count, -chars);
  }

  /** Counts one hand-off as the lane's. */
  hold(lane: Lane, chars: number): void {
    this.#add(1, chars);
    lane.heldCount++;
    lane.heldChars += chars;
  }

  /** Uncounts one hand-off that leaves the engine without an outcome: the queue holds it now. */
  drop(lane: Lane, chars: number): void {
    this.#add(-1, -chars);
    lane.heldCount--;
    lane.heldChars -= chars;
  }

  /** Uncounts one hand-off that has ended. Wakes the sweeper when deliveries waited for this capacity. */
  release(lane: Lane, chars: number, nowMs: number): void {
    this.drop(lane, chars);
    const { sweepCount, sweepChars } = this.#limits;
    if (this.#isShort && this.#fits(sweepCount, sweepChars)) {
      this.#isShort = false;
      this.#onCapacity();
    } else if (this.#chars <= this.#charsToWakeAt) {
      this.#charsToWakeAt = -1;
      this.#onCapacity();
    } else if (lane.backlogged) {
      this.askForMore(lane, nowMs);
    }
  }

  /** Wakes the sweeper when the lane has more in the storage and has become almost empty. */
  askForMore(lane: Lane, nowMs: number): void {
    if (!lane.backlogged || lane.heldCount > this.limitOf(lane, nowMs) / 4) return;
    if (this.#capacityOf(lane, nowMs) === 0) return;
    const { sweepChars } = this.#limits;
    if (!this.#hasChars(lane, sweepChars)) return this.#wakeFor(reserveOf(lane), sweepChars);
    lane.backlogged = false;
    this.#onCapacity();
  }

  capacities(lanes: Iterable<Lane>, nowMs: number): LaneCapacities {
    const { firstWindow, heldPerRequest } = this.#limits;
    const share = this.#freeCharsBeyond(RESERVES.new) < 0 ? 0 : this.#shareOf(RESERVES.new);
    const defaultCapacity = Math.min(firstWindow * heldPerRequest, share);
    if (share === 0) this.#wakeFor(RESERVES.new, 0);
    const capacities = new Map<string, number>();
    for (const lane of lanes) {
      const capacity = this.#hasChars(lane, 0) ? this.#capacityOf(lane, nowMs) : 0;
      if (capacity === 0) {
        lane.backlogged = true;
        this.#wakeFor(reserveOf(lane), 0);
      }
      if (capacity !== defaultCapacity) capacities.set(lane.endpointId, capacity);
    }
    return { capacities, defaultCapacity };
  }

  /** How many hand-offs the lane may hold. */
  limitOf(lane: Lane, nowMs: number): number {
    const state = lane.state(nowMs);
    if (state === 'disabled' || state === 'paused') return 0;
    if (state === 'probing') return 1;
    const { heldPerRequest, heldPerSlowRequest, rateHoldMs, laneCount } = this.#limits;
    const perRequest = lane.standing === 'sick' ? heldPerSlowRequest : heldPerRequest;
    const useful = Math.min(
      lane.window.within(Infinity) * perRequest,
      laneCount,
      this.#share(lane),
    );
    const rate = lane.pace.rate(lane.target?.endpoint.rateLimit ?? null);
    return rate === null ? useful : Math.min(useful, Math.ceil((rate * rateHoldMs) / 1_000));
  }

  #capacityOf(lane: Lane, nowMs: number): number {
    return Math.max(this.limitOf(lane, nowMs) - lane.heldCount, 0);
  }

  #share(lane: Lane): number {
    return this.#shareOf(reserveOf(lane));
  }

  #shareOf({ count }: Reserve): number {
    const free = this.freeCount - this.#limits.heldCount * count;
    return free <= 0 ? 0 : Math.max(Math.floor(free * this.#limits.laneCountPart), 1);
  }

  #fits(count: number, chars: number): boolean {
    const { heldCount, heldChars } = this.#limits;
    return this.#count + count <= heldCount && this.#chars + chars <= heldChars;
  }

  /** A lane that holds nothing may hold one payload of any size that is free. */
  #fitsLane(lane: Lane, chars: number): boolean {
    const free = this.#freeCharsBeyond(reserveOf(lane));
    if (lane.heldCount === 0) return chars <= free;
    return lane.heldChars + chars <= free * this.#limits.laneCharsPart;
  }

  /** Whether the lane may hold more, of a size that is not known yet, when `more` characters are reserved. */
  #hasChars(lane: Lane, more: number): boolean {
    const free = this.#freeCharsBeyond(reserveOf(lane)) - more;
    if (lane.heldCount === 0) return free >= 0;
    return lane.heldChars <= free * this.#limits.laneCharsPart;
  }

  #freeCharsBeyond({ chars }: Reserve): number {
    return this.#limits.heldChars * (1 - chars) - this.#chars;
  }

  /** Unless `more` characters are free, the sweeper is woken when a claim finds enough of them. */
  #wakeFor(reserve: Reserve, more: number): void {
    if (this.#freeCharsBeyond(reserve) >= more) return;
    const { heldChars, sweepChars } = this.#limits;
    const atChars = heldChars * (1 - reserve.chars) - sweepChars;
    this.#charsToWakeAt = Math.max(this.#charsToWakeAt, atChars);
  }

  #add(count: number, chars: number): void {
    this.#count += count;
    this.#chars += chars;
  }
}

/** The parts of the whole that lanes of a kind leave to others. */
interface Reserve {
  readonly count: number;
  readonly chars: number;
}

const RESERVES = {
  sick: { count: 1 / 4, chars: 1 / 2 },
  // Nothing is known of it yet: it may hang as the sick do.
  newHolding: { count: 1 / 8, chars: 1 / 2 },
  quickHolding: { count: 1 / 8, chars: 1 / 8 },
  new: { count: 1 / 16, chars: 1 / 4 },
  quick: { count: 0, chars: 0 },
} satisfies Record<string, Reserve>;

function reserveOf({ standing, heldCount }: Lane): Reserve {
  if (standing === 'sick' || heldCount === 0) return RESERVES[standing];
  return standing === 'new' ? RESERVES.newHolding : RESERVES.quickHolding;
}
