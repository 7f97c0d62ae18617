import type { Clock } from '../domain/clock.ts';
import type { Handoff } from '../domain/delivery.ts';
import { contentChars } from '../domain/message.ts';
import type { Storage } from '../storage/storage.ts';
import type { Admission } from './admission.ts';
import type { Lane } from './lane.ts';
import type { Lanes } from './lanes.ts';

export interface ArrivalsOptions {
  readonly storage: Pick<Storage, 'takeOver' | 'fleet'>;
  readonly admission: Pick<Admission, 'admit'>;
  readonly lanes: Pick<Lanes, 'of'>;
  readonly clock: Pick<Clock, 'monotonicMs' | 'scheduleNow'>;
  readonly claimMs: number;
  /** Ends a hand-off that admission holds. */
  readonly release: (lane: Lane, chars: number, nowMs: number) => void;
  /** `AttemptsInFlight.renewClaims` */
  readonly renewClaims: (claimed: readonly Handoff[]) => readonly Handoff[];
  readonly ack: (handoffs: readonly Handoff[]) => void;
  /** Called with the hand-offs that this process has claimed; admission holds them. */
  readonly onTaken: (handoffs: readonly Handoff[]) => void;
  /** Called when deliveries that this process owns found no capacity and stay in the storage. */
  readonly onLeft: () => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Takes over the hand-offs that other processes sent: one statement at a time, for all hand-offs that
 * arrived during the statement before.
 *
 * Hand-offs of endpoints that this process does not own, or has no capacity for, are dropped, and the
 * owner is told to claim from the storage. A hand-off is never forwarded: while shards move, it could
 * circulate between processes, and the storage has the delivery anyway.
 */
export class Arrivals {
  readonly #options: ArrivalsOptions;
  #waiting: Handoff[] = [];
  #working: Promise<void> | null = null;

  constructor(options: ArrivalsOptions) {
    this.#options = options;
  }

  add(handoffs: readonly Handoff[]): void {
    for (const handoff of handoffs) this.#waiting.push(handoff);
    this.#working ??= this.#work();
  }

  /** Resolves when every hand-off that arrived is taken over or dropped. */
  async settled(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const arrived = this.#waiting;
      this.#waiting = [];
      await this.#takeOver(arrived);
    }
    this.#working = null;
  }

  async #takeOver(arrived: readonly Handoff[]): Promise<void> {
    const { storage, clock, claimMs, release, ack, onTaken, onError } = this.#options;
    const wanted = this.#admitted(arrived);
    const taken = await this.#claim(wanted, clock.scheduleNow() + claimMs).catch(
      (error: unknown): readonly Handoff[] => {
        onError(error);
        storage.fleet.tellOwners(wanted.map(({ endpointId }) => endpointId));
        return [];
      },
    );
    // Acknowledge before the attempts: a redelivery to another process could not be taken over there.
    ack(arrived);
    const claimed = new Set(taken.map(keyOf));
    const nowMs = clock.monotonicMs();
    for (const handoff of wanted) {
      // A hand-off that arrived twice is claimed once but was counted twice: release the second count.
      if (claimed.delete(keyOf(handoff))) continue;
      release(this.#laneOf(handoff), contentChars(handoff), nowMs);
    }
    if (taken.length > 0) onTaken(taken);
  }

  #admitted(arrived: readonly Handoff[]): Handoff[] {
    const { storage, admission, clock, onLeft } = this.#options;
    const nowMs = clock.monotonicMs();
    const left: string[] = [];
    let isFull = false;
    const wanted = arrived.filter((handoff) => {
      const owns = storage.fleet.owns(handoff.endpointId);
      if (owns && admission.admit(this.#laneOf(handoff), contentChars(handoff), nowMs)) return true;
      isFull ||= owns;
      left.push(handoff.endpointId);
      return false;
    });
    if (left.length > 0) storage.fleet.tellOwners(left);
    if (isFull) onLeft();
    return wanted;
  }

  async #claim(wanted: readonly Handoff[], until: number): Promise<readonly Handoff[]> {
    if (wanted.length === 0) return [];
    const { storage, renewClaims } = this.#options;
    const taken = await storage.takeOver(wanted, until);
    // A hand-off that came twice may be answered twice.
    return renewClaims([...new Map(taken.map((handoff) => [keyOf(handoff), handoff])).values()]);
  }

  #laneOf({ endpointId, applicationId }: Handoff): Lane {
    return this.#options.lanes.of(endpointId, applicationId);
  }
}

function keyOf({ messageId, endpointId }: Handoff): string {
  return `${messageId}\n${endpointId}`;
}
