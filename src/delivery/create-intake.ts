import type { Clock } from '../domain/clock.ts';
import { contentChars } from '../domain/message.ts';
import type { Queue } from '../queue/queue.ts';
import type { Storage } from '../storage/storage.ts';
import type { Admission } from './admission.ts';
import type { Intake } from './delivery.ts';
import type { Lane } from './lane.ts';
import type { Lanes } from './lanes.ts';
import type { Sweeper } from './sweeper.ts';

export interface IntakeOptions extends Pick<Intake, 'claimMs' | 'endpointChanged'> {
  readonly storage: Pick<Storage, 'fleet' | 'owner'>;
  readonly queue: Pick<Queue, 'push' | 'send' | 'reaches'>;
  readonly admission: Pick<Admission, 'admit' | 'drop'>;
  readonly lanes: Pick<Lanes, 'of' | 'get'>;
  readonly sweeper: Pick<Sweeper, 'wake'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Ends a hand-off that admission holds. */
  readonly release: (lane: Lane, chars: number, nowMs: number) => void;
}

/** The engine's side of publishing and editing. */
export function createIntake(options: IntakeOptions): Intake {
  const { storage, queue, admission, lanes, sweeper, clock, claimMs, endpointChanged } = options;
  const { fleet } = storage;
  return {
    claimMs,
    endpointChanged,
    reserve: ({ id, applicationId }, payloadChars) =>
      fleet.owns(id) &&
      admission.admit(lanes.of(id, applicationId), payloadChars, clock.monotonicMs()),
    cancel(endpointId, payloadChars) {
      const lane = lanes.get(endpointId);
      if (lane !== undefined) options.release(lane, payloadChars, clock.monotonicMs());
    },
    handOver(handoffs) {
      // The queue holds them until they arrive; then they are counted again.
      for (const handoff of handoffs) {
        admission.drop(lanes.of(handoff.endpointId, handoff.applicationId), contentChars(handoff));
      }
      queue.push(handoffs);
    },
    reachesOwner(endpointId) {
      const owner = fleet.ownerOf(endpointId);
      return owner !== null && owner !== storage.owner && queue.reaches(owner);
    },
    /**
     * When an endpoint has no owner, or this process became the owner since the commit, the owner is told to claim
     * from the storage instead.
     */
    send(handoffs) {
      const byOwner = Map.groupBy(handoffs, ({ endpointId }) => {
        const owner = fleet.ownerOf(endpointId);
        return owner === storage.owner ? null : owner;
      });
      for (const [owner, its] of byOwner) {
        if (owner !== null) queue.send(owner, its);
        else fleet.tellOwners(its.map(({ endpointId }) => endpointId));
      }
    },
    wake: (dueAt) => sweeper.wake(dueAt),
  };
}
