import { followEvents } from './live-events.ts';
import type { LiveEvents } from './live-events.ts';

/** What the worker tells the pages. */
export type FromWorker =
  | { readonly type: 'change' }
  | { readonly type: 'connection'; readonly connected: boolean };

/**
 * Like `followEvents`, with one stream for all pages of this browser. A browser opens at most six
 * connections to a server, so six pages with a stream each would leave none for loading calls. In a browser
 * without shared workers each page that is shown has a stream.
 */
export function followSharedEvents(events: LiveEvents): () => void {
  if (!('SharedWorker' in globalThis)) return followWhileShown(events);
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
    if (!isStopped) stopOwnStream ??= followWhileShown(events);
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

function followWhileShown(events: LiveEvents): () => void {
  let stop: (() => void) | undefined;
  function follow(): void {
    if (!document.hidden) stop ??= followEvents(events);
    else leave();
  }
  function leave(): void {
    stop?.();
    stop = undefined;
  }
  document.addEventListener('visibilitychange', follow);
  follow();
  return () => {
    document.removeEventListener('visibilitychange', follow);
    leave();
  };
}
