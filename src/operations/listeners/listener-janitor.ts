import type { Clock } from '../../domain/clock.ts';
import { PosthasteError } from '../../domain/errors.ts';
import type { Storage } from '../../storage/storage.ts';
import type { ListenerOperations } from './listener-operations.ts';

export interface ListenerJanitorOptions {
  readonly storage: Pick<Storage, 'listeners'>;
  readonly operations: Pick<ListenerOperations, 'close'>;
  readonly clock: Pick<Clock, 'after' | 'scheduleNow'>;
  /** Called with errors; the janitor tries again later. */
  readonly onError: (error: unknown) => void;
}

/** `start` and `stop` may be called twice. */
export interface ListenerJanitor {
  start(): void;
  /** Resolves when the present round is done. */
  stop(): Promise<void>;
}

/**
 * Deletes expired listeners with their endpoints, and expired requests, every ten seconds. Several processes may
 * do this at the same time: the second one finds nothing.
 */
export function createListenerJanitor(options: ListenerJanitorOptions): ListenerJanitor {
  const { storage, operations, clock } = options;
  let state: 'new' | 'started' | 'stopped' = 'new';
  let running: Promise<void> = Promise.resolve();
  let cancelTimer = () => {};

  async function look(): Promise<void> {
    try {
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
    } catch (error) {
      if (state === 'started') options.onError(error);
    }
    if (state === 'started') cancelTimer = clock.after(LOOK_EVERY_MS, begin);
  }

  function begin(): void {
    running = look();
  }

  return {
    start() {
      if (state !== 'new') return;
      state = 'started';
      cancelTimer = clock.after(LOOK_EVERY_MS, begin);
    },
    async stop() {
      state = 'stopped';
      cancelTimer();
      await running;
    },
  };
}

const BATCH = 20;
const LOOK_EVERY_MS = 10_000;
