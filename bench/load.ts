/**
 * The publisher. Each of its connections posts an event, waits for its 202, and posts the next.
 */
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { answerQuestions } from './child.ts';
import { isSampled, nowMicros, splitMessages } from './http-messages.ts';
import { benchEvents, type PayloadSet } from './payloads.ts';
import { idInBody, publishRequest } from './publish-request.ts';

export interface LoadOrder {
  readonly port: number;
  /** The paths, which get the events in turn. */
  readonly paths: readonly string[];
  readonly token: string;
  readonly payloads: PayloadSet;
  readonly connections: number;
  /** When to stop: after a time, or when a number of events is accepted. */
  readonly until: { readonly seconds: number } | { readonly events: number };
  /** Pauses while more events than this are published and have not arrived; arrivals come as notices. */
  readonly maxOutstanding: number;
}

export interface LoadResult {
  readonly accepted: number;
  readonly seconds: number;
  readonly startedAtMicros: number;
  /** The latency of each event, in order of acceptance, from the first byte sent to the last byte received. */
  readonly latenciesMs: Float64Array;
  /** `accepted` at the end of each quarter of a second. */
  readonly timeline: readonly number[];
  readonly sampled: readonly Published[];
  /** The first error, if any. */
  readonly failure: string | null;
  readonly cpuMicros: number;
}

export interface Published {
  readonly messageId: string;
  readonly sentAtMicros: number;
  readonly acceptedAtMicros: number;
}

export const timelineStepMs = 250;
export type LoadHandlers = typeof handlers;

let eventsArrived = 0;
let onArrived: () => void = () => {};

const handlers = {
  async publish(order: LoadOrder): Promise<LoadResult> {
    eventsArrived = 0;
    const requests = buildRequests(order);
    const sockets = await Promise.all(
      Array.from({ length: order.connections }, () => open(order.port)),
    );
    try {
      return await publish(order, requests, sockets);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  },
};

function publish(
  order: LoadOrder,
  requests: readonly Buffer[],
  sockets: readonly Socket[],
): Promise<LoadResult> {
  const maxEvents = 'events' in order.until ? order.until.events : Infinity;
  const latenciesMs: number[] = [];
  const timeline: number[] = [];
  const sampled: Published[] = [];
  let failure: string | null = null;
  let sent = 0;
  let accepted = 0;
  let stopped = false;
  let parked: (() => void)[] = [];

  return new Promise((resolve) => {
    const cpu = process.cpuUsage();
    const startedAtMicros = nowMicros();
    const startedAt = performance.now();
    const clock = setInterval(() => timeline.push(accepted), timelineStepMs);
    const stopTimer =
      'seconds' in order.until
        ? setTimeout(() => {
            stopped = true;
            unpark();
          }, order.until.seconds * 1000)
        : undefined;
    let busy = sockets.length;

    const finish = () => {
      if (--busy > 0) return;
      clearInterval(clock);
      clearTimeout(stopTimer);
      onArrived = () => {};
      const { user, system } = process.cpuUsage(cpu);
      resolve({
        accepted,
        seconds: (performance.now() - startedAt) / 1000,
        startedAtMicros,
        latenciesMs: Float64Array.from(latenciesMs),
        timeline,
        sampled,
        failure,
        cpuMicros: user + system,
      });
    };
    const unpark = () => {
      const ready = parked;
      parked = [];
      for (const next of ready) next();
    };
    onArrived = unpark;

    for (const socket of sockets) {
      let sentAt = 0;
      let over = false;
      const leave = () => {
        if (over) return;
        over = true;
        finish();
      };
      const next = () => {
        if (stopped || sent === maxEvents) return leave();
        if (sent - eventsArrived >= order.maxOutstanding) return void parked.push(next);
        sentAt = performance.now();
        const request = requests[sent++ % requests.length];
        if (request !== undefined) socket.write(request);
      };
      const fail = (reason: string) => {
        if (over) return;
        failure ??= reason;
        stopped = true;
        leave();
        unpark();
      };
      socket.on(
        'data',
        splitMessages((head, bytes, bodyStart, bodyEnd) => {
          if (!head.startsWith('202', 9)) {
            return fail(`${head.slice(9, 12)} ${bytes.toString('utf8', bodyStart, bodyEnd)}`);
          }
          accepted++;
          const latencyMs = performance.now() - sentAt;
          latenciesMs.push(latencyMs);
          const messageId = idInBody(bytes, bodyStart);
          if (isSampled(messageId)) {
            const acceptedAtMicros = nowMicros();
            const sentAtMicros = acceptedAtMicros - Math.round(latencyMs * 1000);
            sampled.push({ messageId, sentAtMicros, acceptedAtMicros });
          }
          next();
        }),
      );
      socket.once('close', () => fail('the server closed a connection'));
      next();
    }
  });
}

function buildRequests({ port, paths, token, payloads }: LoadOrder): Buffer[] {
  return benchEvents(payloads).flatMap((event) =>
    paths.map((path) => publishRequest({ port, path, token, event })),
  );
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => socket.destroy());
  return socket;
}

answerQuestions(handlers, (arrived) => {
  eventsArrived = arrived;
  onArrived();
});
