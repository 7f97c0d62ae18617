/**
 * The most that the machine can do: undici's `dispatch` posts the same signed requests to the same sink over the same
 * number of connections, without accepting, storing or recording anything.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { Pool, type Dispatcher } from 'undici';
import { certificate } from './certificate.ts';
import { answerQuestions } from './child.ts';
import { benchEvents, type PayloadSet } from './payloads.ts';

export interface CeilingOrder {
  readonly ports: readonly number[];
  readonly connections: number;
  readonly payloads: PayloadSet;
  readonly tls: boolean;
  readonly warmUpSeconds: number;
  /** The number of slices; each takes a second and gives one figure, so that a disturbed slice can be recognized. */
  readonly slices: number;
}

export interface CeilingSlice {
  readonly requestsPerSecond: number;
  readonly cpuMicrosPerRequest: number;
}

export type CeilingHandlers = typeof handlers;

const handlers = {
  async measure(order: CeilingOrder): Promise<CeilingSlice[]> {
    const run = startPosting(order);
    await pause(order.warmUpSeconds * 1000);
    const slices: CeilingSlice[] = [];
    for (let slice = 0; slice < order.slices; slice++) {
      const before = { at: performance.now(), cpu: process.cpuUsage(), done: run.done() };
      await pause(1000);
      const { user, system } = process.cpuUsage(before.cpu);
      const done = run.done() - before.done;
      slices.push({
        requestsPerSecond: done / ((performance.now() - before.at) / 1000),
        cpuMicrosPerRequest: (user + system) / done,
      });
    }
    await run.stop();
    return slices;
  },
};

function startPosting({ ports, connections, payloads, tls }: CeilingOrder) {
  const bodies = benchEvents(payloads).map((event) => event.payload);
  const key = randomBytes(24);
  let sent = 0;
  let done = 0;
  let stopped = false;

  const scheme = tls ? 'https' : 'http';
  const connect = tls ? { ca: certificate.cert } : {};
  const pools = ports.map(
    (port) => new Pool(`${scheme}://127.0.0.1:${port}`, { connections, connect }),
  );
  for (let slot = 0; slot < connections; slot++) {
    const pool = pools[slot % pools.length];
    const post = () => {
      const body = bodies[sent % bodies.length] ?? '';
      const id = `msg_${String(sent++).padStart(27, '0')}`;
      pool?.dispatch(signedRequest(key, id, body), handler);
    };
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart() {},
      onResponseStart() {},
      onResponseData() {},
      onResponseEnd() {
        done++;
        if (!stopped) post();
      },
      onResponseError(_, error) {
        throw error;
      },
    };
    post();
  }

  return {
    done: () => done,
    async stop() {
      stopped = true;
      await Promise.all(pools.map((pool) => pool.close()));
    },
  };
}

function signedRequest(key: Buffer, id: string, body: string): Dispatcher.DispatchOptions {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    path: '/hook',
    method: 'POST',
    headers: [
      'content-type',
      'application/json',
      'user-agent',
      'posthaste-bench',
      'webhook-id',
      id,
      'webhook-timestamp',
      timestamp,
      'webhook-signature',
      `v1,${signature}`,
    ],
    body,
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

answerQuestions(handlers);
