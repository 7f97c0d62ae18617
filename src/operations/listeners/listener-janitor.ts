import type { Clock } from '../../domain/clock.ts';
import { PosthasteError } from '../../domain/errors.ts';
import type { Storage } from '../../storage/storage.ts';
import type { ListenerOperations } from './listener-operations.ts';

export interface ListenerJanitorOptions {
  readonly storage: Pick<Storage, 'listeners'>;
  readonly operations: Pick<ListenerOperations, 'close'>;
  readonly clock: Pick<Clock, 'after' | 'scheduleNow'>;
  /** It will try again. */
  readonly onError: (error: unknown) => void;
}

/** Both are safe to call twice. */
export interface ListenerJanitor {
  start(): void;
  /** Resolves when the look under way is done. */
  stop(): Promise<void>;
}

/**
 * Deletes the endpoints of listeners that have not asked for long, and requests whose deadline is over,
 * every ten seconds. Several processes may do so at once: the second finds nothing.
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
          // The application was deleted, and the endpoint with it.
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
