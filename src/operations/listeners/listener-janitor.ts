import type { Clock } from '../../domain/clock.ts';
import { PosthasteError } from '../../domain/errors.ts';
import { type RepeatedWork, repeatWork } from '../../repeated-work.ts';
import type { Storage } from '../../storage/storage.ts';
import type { ListenerOperations } from './listener-operations.ts';

export interface ListenerJanitorOptions {
  readonly storage: Pick<Storage, 'listeners'>;
  readonly operations: Pick<ListenerOperations, 'close'>;
  readonly clock: Pick<Clock, 'after' | 'scheduleNow'>;
  /** Called with errors; the janitor tries again later. */
  readonly onError: (error: unknown) => void;
}

/**
 * Deletes expired listeners with their endpoints, and expired requests, every ten seconds. Several processes may
 * do this at the same time: the second one finds nothing.
 */
export function createListenerJanitor(options: ListenerJanitorOptions): RepeatedWork {
  const { storage, operations, clock, onError } = options;

  async function run(): Promise<void> {
    const now = clock.scheduleNow();
    const expired = await storage.listeners.expired(now, BATCH);
    for (const { id, organizationId, applicationId } of expired) {
      await operations.close({ organizationId }, applicationId, id).catch(async (error) => {
        const isGone = error instanceof PosthasteError && error.code === 'not_found';
        if (!isGone) throw error;
        // The application was deleted together with the endpoint.
        await storage.listeners.delete(id);
      });
    }
    await storage.listeners.forgetExpired(now);
  }

  return repeatWork({ clock, run, onError, firstAfterMs: EVERY_MS, everyMs: EVERY_MS });
}

const BATCH = 20;
const EVERY_MS = 10_000;
