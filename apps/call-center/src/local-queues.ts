import type { CallQueues, QueuesContext } from './call-queues.ts';
import { EXTENSIONS } from './call-store.ts';
import type { Extension } from './call-store.ts';

const RETRY_MS = 1_000;

/** Queues within this process: a queue is the calls of an extension that wait in the database. */
export function createLocalQueues({ calls, prefetch, onError }: QueuesContext): CallQueues {
  const inHand: Record<Extension, Map<number, Promise<void>>> = { 900: new Map(), 901: new Map() };
  let serve: ((callId: number) => Promise<void>) | null = null;
  let stopped = false;
  let retry: NodeJS.Timeout | undefined;

  function bring(extension: Extension): void {
    if (serve === null || stopped) return;
    const mine = inHand[extension];
    try {
      // Calls in hand may still wait in the database, so as many more are read.
      for (const callId of calls.waiting(extension, 0, prefetch + mine.size)) {
        if (mine.size >= prefetch) return;
        if (!mine.has(callId)) mine.set(callId, handle(extension, callId, serve));
      }
    } catch (error) {
      failed(error);
    }
  }

  async function handle(extension: Extension, callId: number, run: typeof serve): Promise<void> {
    try {
      await run?.(callId);
      inHand[extension].delete(callId);
      bring(extension);
    } catch (error) {
      inHand[extension].delete(callId);
      failed(error);
    }
  }

  function failed(error: unknown): void {
    onError('a waiting call could not be brought to an agent', error);
    clearTimeout(retry);
    if (!stopped) retry = setTimeout(() => EXTENSIONS.forEach(bring), RETRY_MS);
  }

  return {
    async start(handler) {
      serve ??= handler;
      EXTENSIONS.forEach(bring);
    },
    push: (call) => bring(call.extension),
    async stop() {
      stopped = true;
      clearTimeout(retry);
      await Promise.all(EXTENSIONS.flatMap((extension) => [...inHand[extension].values()]));
    },
  };
}
