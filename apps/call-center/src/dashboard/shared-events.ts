import { followEvents } from './live-events.ts';
import type { LiveEvents } from './live-events.ts';

/** What the worker tells the pages. */
export type FromWorker =
  | { readonly type: 'change' }
  | { readonly type: 'connection'; readonly connected: boolean };

/**
 * Like `followEvents`, with one stream for all pages of this browser. A browser opens at most six
 * connections to a server, so six pages with a stream each would leave none for loading calls. A browser
 * without shared workers has a stream per page.
 */
export function followSharedEvents(events: LiveEvents): () => void {
  if (!('SharedWorker' in globalThis)) return followEvents(events);
  const worker = new SharedWorker(new URL('./shared-events-worker.ts', import.meta.url), {
    type: 'module',
  });
  const { port } = worker;
  let stopOwnStream: (() => void) | undefined;
  let isStopped = false;

  port.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    if (data.type === 'change') events.onChange();
    else events.onConnection(data.connected);
  });
  port.start();
  worker.addEventListener('error', () => {
    // The script could not be loaded.
    if (!isStopped) stopOwnStream ??= followEvents(events);
  });

  function leave(): void {
    port.postMessage('leave');
  }
  function leaveForGood({ persisted }: PageTransitionEvent): void {
    if (!persisted) leave();
  }
  addEventListener('pagehide', leaveForGood);

  return () => {
    isStopped = true;
    removeEventListener('pagehide', leaveForGood);
    leave();
    port.close();
    stopOwnStream?.();
  };
}
