import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.ts';

export interface MetricsServerOptions {
  readonly metrics: Pick<Metrics, 'text'>;
  readonly host: string;
  readonly port: number;
  /** The bearer token that scrapes must send; null: no token is required. */
  readonly token: string | null;
  /** Whether the start of the process has ended, so that it fulfils its roles. */
  readonly hasStarted: () => boolean;
}

export interface MetricsServer {
  /** Begins to listen; resolves with the URL of the metrics. */
  listen(): Promise<string>;
  close(): Promise<void>;
}

/**
 * `GET /metrics` on a port of its own, because a process that only delivers has no API, and publishers should not
 * see the metrics. `GET /started`, without a token, tells a rolling restart when the process has started.
 */
export function createMetricsServer(options: MetricsServerOptions): MetricsServer {
  const { metrics, host, port, token, hasStarted } = options;
  let scrape: Promise<string> | null = null;
  // An import would load the `fetch` of Node.js with it: see `fast-publish/publish-connection.ts`.
  const { createServer } = process.getBuiltinModule('node:http');
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 });
  server.on('request', (request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const [path] = url.split('?');
    if (path !== '/metrics' && path !== '/started') return refuse(response, 404, 'see /metrics');
    if (method !== 'GET' && method !== 'HEAD') return refuse(response, 405, 'GET only');
    if (path === '/started') {
      if (!hasStarted()) return refuse(response, 503, 'the process is still starting');
      response.writeHead(204).end();
      return;
    }
    if (token !== null && !sendsToken(request, token)) {
      response.setHeader('www-authenticate', 'Bearer');
      return refuse(response, 401, 'send "Authorization: Bearer <POSTHASTE_METRICS_TOKEN>"');
    }
    try {
      // Concurrent scrapes share one result, because each reads the backlog from the storage.
      scrape ??= metrics.text().finally(() => (scrape = null));
      const text = await scrape;
      response.writeHead(200, { 'content-type': TEXT_FORMAT });
      response.end(method === 'HEAD' ? undefined : text);
    } catch (error) {
      refuse(response, 500, String(error));
    }
  }

  return {
    async listen() {
      server.listen({ host, port });
      await once(server, 'listening');
      const { address, family, port: bound } = server.address() as AddressInfo;
      return `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}/metrics`;
    },
    async close() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${reason}\n`);
}

function sendsToken({ headers }: IncomingMessage, token: string): boolean {
  const sent = Buffer.from(headers.authorization ?? '');
  const expected = Buffer.from(`Bearer ${token}`);
  return sent.length === expected.length && timingSafeEqual(sent, expected);
}

const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8';
