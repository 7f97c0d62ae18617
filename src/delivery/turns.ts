import type { Lane } from './lane.ts';
import { LinkedList } from './linked-list.ts';
import type { SlotTier, Slots } from './slots.ts';

/**
 * Decides which lane starts the next attempt. A lane is in at most one list: in the ring of the lanes that
 * may have something to start, or parked until there is a slot of its tier.
 */
export class Turns {
  readonly #slots: Slots;
  readonly #ready = new LinkedList<Lane>();
  readonly #parked: Readonly<Record<SlotTier, LinkedList<Lane>>> = {
    new: new LinkedList(),
    quick: new LinkedList(),
    busy: new LinkedList(),
    tried: new LinkedList(),
    sick: new LinkedList(),
  };

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  /** The lane may have something to start: it gets a turn after the lanes that are queued up already. */
  queueUp(lane: Lane): void {
    if (lane.list !== this.#ready) this.#moveTo(this.#ready, lane);
  }

  /** The lane waits for a slot of its tier. */
  park(lane: Lane): void {
    this.#moveTo(this.#parked[this.#slots.tier(lane)], lane);
  }

  /** Removes and returns the next lane: a parked one if there is a slot for it now. */
  take(): Lane | null {
    const lane = this.#parkedWithSlot() ?? this.#ready.first;
    if (lane !== null) this.#moveTo(null, lane);
    return lane;
  }

  #parkedWithSlot(): Lane | null {
    for (const tier of PARKED_ORDER) {
      const first = this.#firstOf(tier);
      if (first !== null && this.#slots.admits(first)) return first;
    }
    return null;
  }

  /** A lane that has turned sick or well while it was parked must not hold up the lanes behind it. */
  #firstOf(tier: SlotTier): Lane | null {
    for (;;) {
      const { first } = this.#parked[tier];
      if (first === null || this.#slots.tier(first) === tier) return first;
      this.park(first);
    }
  }

  #moveTo(list: LinkedList<Lane> | null, lane: Lane): void {
    lane.list?.delete(lane);
    lane.list = list;
    list?.add(lane);
  }
}

/** The order in which parked lanes get a free slot: healthy lanes first. */
const PARKED_ORDER: readonly SlotTier[] = ['quick', 'new', 'busy', 'tried', 'sick'];
