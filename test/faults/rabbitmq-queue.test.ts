import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Handoff } from '../../src/domain/delivery.ts';
import type { Origin, Queue } from '../../src/queue/queue.ts';
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
      queue.push(makeHandoffs(10));
      await waitFor(() => taken.length === 7, 'the worker takes what it has capacity for');
      const { received } = consume(queue);
      await waitFor(() => received.length === 3);

      worker.kill('SIGKILL');
      await waitFor(() => received.length === 10, 'redelivery');
      const again = received.slice(3);
      expect(again.map(({ handoff }) => handoff.messageId).toSorted()).toEqual(taken.toSorted());
      expect(again.every(({ origin }) => origin === 'elsewhere')).toBe(true);
    } finally {
      worker.kill('SIGKILL');
      if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
    }
  });

  it('hands over here what a broker that hangs does not confirm, once it has had its time', async () => {
    const clock = new ManualClock();
    const queue = await open({ clock });
    const { received } = consume(queue);
    queue.push([makeHandoff('before')]);
    await waitFor(() => received.length === 1);
    queue.ack(received.map(({ handoff }) => handoff));

    server().freeze();
    try {
      queue.push(makeHandoffs(3));
      clock.advance(10_000);
      expect(received).toHaveLength(1);
      clock.advance(1_000);
      expect(received.slice(1)).toMatchObject([
        { handoff: { messageId: 'm1' }, origin: 'elsewhere' },
        { handoff: { messageId: 'm2' }, origin: 'elsewhere' },
        { handoff: { messageId: 'm3' }, origin: 'elsewhere' },
      ]);
      queue.push([makeHandoff('at once')]);
      expect(received[4]).toMatchObject({ handoff: { messageId: 'at once' }, origin: 'here' });
      queue.ack(received.slice(1).map(({ handoff }) => handoff));
    } finally {
      server().thaw();
    }
    // The broker had the three all the same.
    await waitFor(() => received.length === 8, 'the late hand-offs');
    expect(received.slice(5).map(({ origin }) => origin)).toEqual([
      'elsewhere',
      'elsewhere',
      'elsewhere',
    ]);
    queue.ack(received.slice(5).map(({ handoff }) => handoff));
  });

  it(
    'loses nothing when the broker is killed while it pushes',
    { timeout: RESTART_MS },
    async () => {
      const queue = await open({ maxCount: 200 });
      await server().keeps(`${prefix}.handoffs`);
      const attempted = new Map<string, number>();
      queue.consume(20, (handoffs, origin) => {
        void setImmediate().then(() => {
          for (const { messageId } of handoffs) {
            // What the engine does: it looks whether one from elsewhere is done already.
            if (origin === 'elsewhere' && attempted.has(messageId)) continue;
            attempted.set(messageId, (attempted.get(messageId) ?? 0) + 1);
          }
          queue.ack(handoffs);
          return undefined;
        });
      });

      const handoffs = makeHandoffs(3_000);
      let killed: Promise<void> | undefined;
      for (const [index, handoff] of handoffs.entries()) {
        if (index === 1_000) killed = server().kill();
        // As admission would, while the broker still is there to empty itself.
        await waitFor(() => killed !== undefined || index - attempted.size < 100);
        queue.push([handoff]);
      }
      await killed;
      // All but those that had reached the broker and not come back, which are on its disk.
      await waitFor(() => attempted.has('m3000'), 'the last one');
      expect(attempted.size).toBeGreaterThan(2_800);

      await server().restart();
      await waitFor(() => attempted.size === 3_000, 'what the broker kept', RESTART_MS);
      expect([...attempted.values()].filter((count) => count > 1)).toEqual([]);
    },
  );

  it('starts without a broker, and finds it when it comes', { timeout: RESTART_MS }, async () => {
    await server().kill();
    const api = create();
    const worker = create();
    const startedAt = performance.now();
    await Promise.all([api.start(), worker.start()]);
    // A start that waited for the broker would not end.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    api.push([makeHandoff('forgotten')]);

    const { received } = consume(worker, 2);
    worker.push(makeHandoffs(3));
    expect(messageIds(received.map(({ handoff }) => handoff))).toEqual(['m1', 'm2', 'm3']);
    expect(received.every(({ origin }) => origin === 'here')).toBe(true);
    worker.ack(received.splice(0).map(({ handoff }) => handoff));

    await server().restart();
    await waitFor(
      () => {
        api.push([makeHandoff('m4')]);
        return received.length > 0;
      },
      'both find the broker',
      RESTART_MS,
    );
    expect(received[0]).toMatchObject({ handoff: { messageId: 'm4' }, origin: 'elsewhere' });
  });

  it('goes on with a broker that was wiped', { timeout: RESTART_MS }, async () => {
    const api = await open();
    api.push(makeHandoffs(10));
    await server().wipe();
    await server().restart();

    const worker = await open();
    const { received } = consume(worker);
    await waitFor(
      () => {
        api.push([makeHandoff('after')]);
        return received.length > 0;
      },
      'both find the broker',
      RESTART_MS,
    );
    expect(received[0]).toMatchObject({ handoff: { messageId: 'after' } });
  });

  it(
    'receives once what it holds while the connection is lost',
    { timeout: RESTART_MS },
    async () => {
      const queue = await open();
      await server().keeps(`${prefix}.handoffs`);
      const { received } = consume(queue, 10);
      queue.push(makeHandoffs(3));
      await waitFor(() => received.length === 3);
      await server().kill();
      await server().restart();
      queue.ack(received.slice(0, 1).map(({ handoff }) => handoff));
      await waitFor(
        () => {
          const before = received.length;
          queue.push([makeHandoff('after')]);
          return received.length === before;
        },
        'the publisher finds the broker',
        RESTART_MS,
      );
      // m1 was acknowledged while the broker was away, so it comes again; "after" is behind m2 and m3.
      const again = ({ origin, handoff }: Received) =>
        origin === 'elsewhere' && handoff.messageId === 'm1';
      await waitFor(
        () => received.some(again) && received.at(-1)?.handoff.messageId === 'after',
        'the consumer finds the broker',
        RESTART_MS,
      );
      const ids = received.map(({ handoff }) => handoff.messageId);
      expect(ids.filter((id) => id === 'm2' || id === 'm3')).toEqual(['m2', 'm3']);
    },
  );
});

interface Received {
  readonly handoff: Handoff;
  readonly origin: Origin;
}

function consume(queue: Queue, capacity = 100): { received: Received[] } {
  const received: Received[] = [];
  queue.consume(capacity, (handoffs, origin) => {
    for (const handoff of handoffs) received.push({ handoff, origin });
  });
  return { received };
}
