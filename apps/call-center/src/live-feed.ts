import type { ServerResponse } from 'node:http';
import type { Call, CallStore } from './call-store.ts';
import { showCall } from './show-call.ts';

export interface LiveFeedOptions {
  readonly heartbeatMs?: number;
  readonly maximumClients?: number;
}

const REPLAY_LIMIT = 500;
// A page that doesn't read is cut off before it costs more memory than this.
const UNREAD_LIMIT = 256 * 1024;
const RECONNECT_MS = 2_000;

/**
 * Server-sent events for the pages: `call` with each call as it changes, under its revision as the
 * event's id; `heartbeat`, so that a page notices a connection that died silently; and `reset` when
 * a page that comes back missed too much to be told one by one and should load everything again.
 */
export function createLiveFeed(calls: CallStore, options: LiveFeedOptions = {}) {
  const { heartbeatMs = 15_000, maximumClients = 200 } = options;
  const clients = new Set<ServerResponse>();
  const heartbeat = setInterval(() => send('event: heartbeat\ndata: {}\n\n'), heartbeatMs);
  heartbeat.unref();

  function send(text: string): void {
    for (const client of clients) {
      client.write(text);
      if (client.writableLength > UNREAD_LIMIT) client.destroy();
    }
  }

  return {
    hasCapacity: () => clients.size < maximumClients,

    /** Takes over the response; sends the changes after `lastEventId`, or those from now on. */
    add(response: ServerResponse, lastEventId: string | undefined): void {
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      response.write(`retry: ${RECONNECT_MS}\n\n${missedSince(lastEventId)}`);
      clients.add(response);
      response.on('error', () => {});
      response.on('close', () => clients.delete(response));
    },

    changed(call: Call): void {
      if (clients.size > 0) send(callEvent(call));
    },

    stop(): void {
      clearInterval(heartbeat);
      for (const client of clients) client.end();
    },
  };

  function missedSince(lastEventId: string | undefined): string {
    if (lastEventId === undefined) return '';
    const revision = /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) : -1;
    if (revision >= 0 && revision <= calls.latestRevision()) {
      const missed = calls.changedSince(revision, REPLAY_LIMIT + 1);
      if (missed.length <= REPLAY_LIMIT) return missed.map(callEvent).join('');
    }
    return 'event: reset\ndata: {}\n\n';
  }
}

function callEvent(call: Call): string {
  return `id: ${call.revision}\nevent: call\ndata: ${JSON.stringify(showCall(call))}\n\n`;
}
