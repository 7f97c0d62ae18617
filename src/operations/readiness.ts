import type { Clock } from '../domain/clock.ts';
import { PosthasteError } from '../domain/errors.ts';
import type { Storage } from '../storage/storage.ts';

/** Checks whether the database can be written. */
export interface Readiness {
  /**
   * Resolves when a row could be written within five seconds; otherwise rejects with `storage_unavailable` or
   * `stopping`. Calls within a second share one result, so that frequent calls cost at most one write a second.
   */
  check(): Promise<void>;
}

export function createReadiness({
  storage,
  clock,
}: {
  storage: Pick<Storage, 'eventTypes'>;
  clock: Clock;
}): Readiness {
  let last: { atMs: number; result: Promise<void> } | null = null;
  return {
    check() {
      const nowMs = clock.monotonicMs();
      if (last === null || nowMs - last.atMs >= SHARED_MS) {
        last = { atMs: nowMs, result: inTime(clock, writeRow(storage, clock.now())) };
      }
      return last.result;
    },
  };
}

const SHARED_MS = 1_000;
const DEADLINE_MS = 5_000;

/** The row belongs to an organization that no token can name, so it is never shown. */
const ROW = {
  organizationId: 'readiness',
  name: 'readiness',
  description: '',
  deprecated: false,
  archived: true,
  featureFlags: [],
  groupName: null,
  schemas: null,
  createdAt: 0,
};

/** Changes the row, because a write that changes nothing would succeed on a full disk. */
async function writeRow({ eventTypes }: Pick<Storage, 'eventTypes'>, now: number): Promise<void> {
  const found = await eventTypes.get(ROW.organizationId, ROW.name);
  if (found === null) return eventTypes.create({ ...ROW, updatedAt: now });
  // A false result is fine: then another process has changed the row, so the database accepts writes.
  await eventTypes.update({ ...ROW, updatedAt: Math.max(now, found.updatedAt + 1) }, found);
}

function inTime(clock: Clock, work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(DEADLINE_MS, () =>
      reject(
        new PosthasteError('storage_unavailable', 'A write to the database takes over 5 seconds'),
      ),
    );
    work.then(resolve, reject).finally(cancel);
  });
}
