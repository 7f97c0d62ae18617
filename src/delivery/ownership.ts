import type { Clock } from '../domain/clock.ts';
import type { EndpointNotes, FleetMember, Storage } from '../storage/storage.ts';
import { HandOver } from './hand-over.ts';
import type { Lane } from './lane.ts';
import { type Lanes, isWorthTelling, slowedLanes } from './lanes.ts';
import type { Releaser } from './releaser.ts';

export interface OwnershipOptions {
  readonly storage: Pick<Storage, 'fleet' | 'owner'>;
  readonly lanes: Lanes;
  readonly releaser: Pick<Releaser, 'releaseForeign'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** This process owns more endpoints than before: the storage may have work for it. */
  readonly onGained: () => void;
  /** Called with a lane and the notes that the previous owner of its endpoint sent. */
  readonly onNoted: (lane: Lane, notes: EndpointNotes) => void;
}

/**
 * Endpoints come to this process from their previous owners, and go to the next. What one owner has learned
 * of an endpoint (pauses, window, rate, requests in flight) goes along as notes, so that the next one does not
 * begin as if nothing was known.
 */
export class Ownership implements FleetMember {
  readonly #options: OwnershipOptions;
  readonly #handOver = new HandOver((lane) => void this.#tell([lane], 'all'));
  #telling = Promise.resolve();

  constructor(options: OwnershipOptions) {
    this.#options = options;
  }

  gained(): void {
    const { storage, lanes, clock, onGained } = this.#options;
    lanes.ownedSinceMs = clock.monotonicMs();
    lanes.beginNoted((endpointId) => storage.fleet.owns(endpointId));
    onGained();
  }

  slowed(): EndpointNotes[] {
    const { storage, lanes, clock } = this.#options;
    return slowedLanes(lanes.all(), clock.monotonicMs(), (endpointId) =>
      storage.fleet.owns(endpointId),
    );
  }

  async giveUp(): Promise<void> {
    const { storage, lanes, releaser } = this.#options;
    releaser.releaseForeign();
    const foreign = [...lanes.all()].filter(({ endpointId }) => !storage.fleet.owns(endpointId));
    const left = this.#handOver.left(foreign);
    await this.#tell(foreign);
    await left;
    // Again, with what the requests in flight have taught since.
    await this.#tell(foreign);
    for (const lane of foreign) if (lane.heldCount === 0) lanes.forget(lane);
  }

  /** The process stops: it tells of each lane again when the last request of the lane has its outcome. */
  leave(): void {
    void this.#handOver.left(this.#options.lanes.all());
  }

  /** A hand-off of the lane has its outcome. */
  released(lane: Lane): void {
    this.#handOver.released(lane);
  }

  /** Takes the notes of another process on an endpoint that it gives up. */
  heard(notes: EndpointNotes): void {
    const { storage, lanes, onNoted } = this.#options;
    const { endpointId, applicationId } = notes;
    const lane = lanes.get(endpointId);
    if (lane !== undefined) return onNoted(lane, notes);
    lanes.keep(notes);
    // The endpoint came before its notes did.
    if (storage.fleet.owns(endpointId)) lanes.of(endpointId, applicationId);
  }

  /**
   * Sends the notes on all lanes, and those of previous owners on endpoints that no other process has taken: no
   * other process may have these.
   */
  tellAll(): Promise<void> {
    const { storage, lanes } = this.#options;
    lanes.beginNoted((endpointId) => {
      const owner = storage.fleet.ownerOf(endpointId);
      return owner === null || owner === storage.owner;
    });
    return this.#tell(lanes.all());
  }

  /** Sends one after the other, so that the newest notes on an endpoint arrive last. */
  #tell(lanes: Iterable<Lane>, which: 'all' | 'worthy' = 'worthy'): Promise<void> {
    const { storage, clock } = this.#options;
    this.#telling = this.#telling.then(async () => {
      const nowMs = clock.monotonicMs();
      const notes = Array.from(lanes, (lane) => lane.notes(nowMs));
      const told = which === 'all' ? notes : notes.filter(isWorthTelling);
      if (told.length > 0) await storage.fleet.tellNotes(told);
    });
    return this.#telling;
  }
}
