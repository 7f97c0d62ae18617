import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Handoff } from '../../src/domain/delivery.ts';
import type { Queue } from '../../src/queue/queue.ts';
import { createRabbitmqQueue } from '../../src/queue/rabbitmq/rabbitmq-queue.ts';
import { makeHandoff, makeHandoffs, messageIds } from '../support/handoffs.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { describeWithRabbitmqServer } from '../support/rabbitmq.ts';
import { waitFor } from '../support/wait-for.ts';

/** A broker boots in five seconds, or much later on a machine that does other things. */
const RESTART_MS = 120_000;

describeWithRabbitmqServer('a fleet whose broker or worker fails', (server) => {
  let prefix: string;
  let opened: Queue[];

  beforeEach(() => {
    prefix = randomUUID();
    opened = [];
  });
  afterEach(async () => {
    await Promise.all(opened.map((queue) => queue.stop()));
  });

  function create(options: { maxCount?: number; clock?: ManualClock } = {}): Queue {
    const log = pino({ level: 'silent' });
    const queue = createRabbitmqQueue({ url: server().url, prefix, log, ...options });
    opened.push(queue);
    return queue;
  }

  async function open(options: { maxCount?: number; clock?: ManualClock } = {}): Promise<Queue> {
    const queue = create(options);
    await queue.start();
    return queue;
  }

  it('redelivers the hand-offs of a worker that is killed', async () => {
    const worker = fork(new URL('rabbitmq-consumer.ts', import.meta.url), [
      server().url,
      prefix,
      '7',
    ]);
    try {
      const taken: string[] = [];
      worker.on('message', (ids: string[]) => taken.push(...ids));
      const queue = await open();
      push(queue, makeHandoffs(10));
      await waitFor(() => taken.length === 7, 'the worker takes its prefetch');
      const { received } = consume(queue);
      await waitFor(() => received.length === 3);

      worker.kill('SIGKILL');
      await waitFor(() => received.length === 10, 'redelivery');
      const again = received.slice(3);
      expect(again.map(({ handoff }) => handoff.messageId).toSorted()).toEqual(taken.toSorted());
      expect(again.every(({ redelivered }) => redelivered)).toBe(true);
    } finally {
      worker.kill('SIGKILL');
      if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
    }
  });

  it('hands over here what a broker that hangs does not confirm, once it has had its time', async () => {
    const clock = new ManualClock();
    const queue = await open({ clock });
    const { received } = consume(queue);
    push(queue, [makeHandoff('before')]);
    await waitFor(() => received.length === 1);
    queue.ack(received.map(({ handoff }) => handoff));

    server().freeze();
    try {
      push(queue, makeHandoffs(3));
      clock.advance(10_000);
      expect(received).toHaveLength(1);
      clock.advance(1_000);
      expect(received.slice(1)).toMatchObject([
        { handoff: { messageId: 'm1' }, redelivered: true },
        { handoff: { messageId: 'm2' }, redelivered: true },
        { handoff: { messageId: 'm3' }, redelivered: true },
      ]);
      push(queue, [makeHandoff('at once')]);
      expect(received[4]).toMatchObject({ handoff: { messageId: 'at once' }, redelivered: false });
      queue.ack(received.slice(1).map(({ handoff }) => handoff));
    } finally {
      server().thaw();
    }
    // The broker had the three all the same.
    await waitFor(() => received.length === 8, 'the late hand-offs');
    expect(received.slice(5).map(({ redelivered }) => redelivered)).toEqual([true, true, true]);
    queue.ack(received.slice(5).map(({ handoff }) => handoff));
    await waitFor(() => {
      clock.advance(1_000);
      return queue.room() === 16_384;
    }, 'all the room');
  });

  it(
    'loses nothing, and stays within its prefetch, when the broker is killed while it pushes',
    { timeout: RESTART_MS },
    async () => {
      const queue = await open({ maxCount: 200 });
      await server().keeps(`${prefix}.handoffs`);
      const attempted = new Map<string, number>();
      let unacknowledged = 0;
      let most = 0;
      queue.consume(20, (handoffs, redelivered) => {
        unacknowledged += handoffs.length;
        most = Math.max(most, unacknowledged);
        void setImmediate().then(() => {
          for (const { messageId } of handoffs) {
            // What the engine does: a redelivered hand-off may be done already, so it looks.
            if (redelivered && attempted.has(messageId)) continue;
            attempted.set(messageId, (attempted.get(messageId) ?? 0) + 1);
          }
          unacknowledged -= handoffs.length;
          queue.ack(handoffs);
          return undefined;
        });
      });

      const handoffs = makeHandoffs(3_000);
      let killed: Promise<void> | undefined;
      for (const [index, handoff] of handoffs.entries()) {
        if (index === 1_000) killed = server().kill();
        await waitFor(() => queue.reserve(1, handoff.payload.length), 'room');
        queue.push([handoff]);
      }
      await killed;
      // All but those that had reached the broker and not come back, which are on its disk.
      await waitFor(() => attempted.has('m3000'), 'the last one');
      await waitFor(() => queue.room() === 200, 'all the room');
      expect(attempted.size).toBeGreaterThan(2_800);

      await server().restart();
      await waitFor(() => attempted.size === 3_000, 'what the broker kept', RESTART_MS);
      expect(most).toBeLessThanOrEqual(20);
      expect([...attempted.values()].filter((count) => count > 1)).toEqual([]);
      await waitFor(() => queue.room() === 200, 'all the room');
    },
  );

  it('starts without a broker, and finds it when it comes', { timeout: RESTART_MS }, async () => {
    await server().kill();
    const api = create();
    const worker = create();
    const startedAt = performance.now();
    await Promise.all([api.start(), worker.start()]);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(api.reserve(1, 1)).toBe(false);
    expect(api.room()).toBe(0);

    const { received } = consume(worker, 2);
    push(worker, makeHandoffs(3));
    expect(messageIds(received.map(({ handoff }) => handoff))).toEqual(['m1', 'm2']);
    worker.ack(received.map(({ handoff }) => handoff));
    expect(received[2]).toMatchObject({ handoff: { messageId: 'm3' }, redelivered: false });

    await server().restart();
    await waitFor(() => api.room() > 0, 'the api finds the broker', RESTART_MS);
    push(api, [makeHandoff('m4')]);
    await waitFor(() => received.length === 4, 'the worker finds it, too', RESTART_MS);
    expect(received[3]).toMatchObject({ handoff: { messageId: 'm4' } });
  });

  it('goes on with a broker that was wiped', { timeout: RESTART_MS }, async () => {
    const api = await open({ maxCount: 10 });
    push(api, makeHandoffs(10));
    await server().wipe();
    await server().restart();
    await waitFor(() => api.room() === 10, 'all the room', RESTART_MS);

    const worker = await open({ maxCount: 10 });
    const { received } = consume(worker);
    push(api, [makeHandoff('after')]);
    await waitFor(() => received.length > 0);
    expect(received).toMatchObject([{ handoff: { messageId: 'after' } }]);
  });
});

interface Received {
  readonly handoff: Handoff;
  readonly redelivered: boolean;
}

function consume(queue: Queue, prefetch = 100): { received: Received[] } {
  const received: Received[] = [];
  queue.consume(prefetch, (handoffs, redelivered) => {
    for (const handoff of handoffs) received.push({ handoff, redelivered });
  });
  return { received };
}

function push(queue: Queue, handoffs: readonly Handoff[]): void {
  const bytes = handoffs.reduce((sum, { payload }) => sum + payload.length, 0);
  expect(queue.reserve(handoffs.length, bytes)).toBe(true);
  queue.push(handoffs);
}
