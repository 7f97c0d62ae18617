import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Handoff } from '../../src/domain/delivery.ts';
import type { Queue } from '../../src/queue/queue.ts';
import { createRabbitmqQueue } from '../../src/queue/rabbitmq/rabbitmq-queue.ts';
import { makeHandoff, makeHandoffs, messageIds } from '../support/handoffs.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { describeWithRabbitmqServer } from '../support/rabbitmq.ts';
import { waitFor } from '../support/wait-for.ts';

/** A broker boots in five seconds, or much more on a busy machine. */
const RESTART_MS = 120_000;

describeWithRabbitmqServer('processes whose broker fails', (server) => {
  let prefix: string;
  let opened: Queue[];
  let undelivered: Handoff[];

  beforeEach(() => {
    prefix = randomUUID();
    opened = [];
    undelivered = [];
  });
  afterEach(async () => {
    await Promise.all(opened.map((queue) => queue.stop()));
  });

  function create(owner: number, clock?: ManualClock): Queue {
    const queue = createRabbitmqQueue({
      url: server().url,
      prefix,
      owner: () => owner,
      undelivered: (handoffs) => void undelivered.push(...handoffs),
      log: pino({ level: 'silent' }),
      ...(clock && { clock }),
    });
    opened.push(queue);
    return queue;
  }

  function consume(queue: Queue): Handoff[] {
    const received: Handoff[] = [];
    queue.consume(6_400, (handoffs) => {
      received.push(...handoffs);
      queue.ack(handoffs);
    });
    return received;
  }

  async function untilReached(queue: Queue, owner: number, received: readonly Handoff[]) {
    const before = received.length;
    await waitFor(
      () => {
        if (queue.reaches(owner)) queue.send(owner, [makeHandoff('probe')]);
        return received.length > before;
      },
      'both to find the broker',
      RESTART_MS,
    );
  }

  it('gives up hand-offs that a hanging broker does not confirm, and uses the broker again later', async () => {
    const clock = new ManualClock();
    const [api, worker] = [create(1, clock), create(2)];
    await Promise.all([api.start(), worker.start()]);
    const received = consume(worker);
    let probed = false;
    await waitFor(
      () => {
        const reaches = api.reaches(2);
        if (reaches && !probed) api.send(2, [makeHandoff('probe')]);
        // A missing queue is avoided for a second. The clock stands still otherwise, or the probe would be
        // unconfirmed for longer than the hand-offs that follow.
        if (!reaches) clock.advance(1_000);
        probed = reaches;
        return received.length > 0;
      },
      'the broker',
      RESTART_MS,
    );
    const sent = () => messageIds(undelivered).filter((id) => id !== 'probe');

    server().freeze();
    try {
      api.send(2, makeHandoffs(3));
      clock.advance(10_000);
      expect(sent()).toEqual([]);
      clock.advance(1_000);
      expect(sent()).toEqual(['m1', 'm2', 'm3']);
      expect(api.reaches(2)).toBe(false);
    } finally {
      server().thaw();
    }
    // The broker had received them all the same. In production the storage says that they are taken.
    await waitFor(() => messageIds(received).includes('m3'), 'the late hand-offs', RESTART_MS);
    await waitFor(() => api.reaches(2), 'the broker to confirm again', RESTART_MS);
  });

  it(
    'starts without a broker, and uses the broker when it comes, empty or not',
    { timeout: 2 * RESTART_MS },
    async () => {
      await server().kill();
      const [api, worker] = [create(1), create(2)];
      const startedAt = performance.now();
      await Promise.all([api.start(), worker.start()]);
      expect(performance.now() - startedAt).toBeLessThan(10_000);
      const received = consume(worker);
      expect(api.reaches(2)).toBe(false);
      api.send(2, [makeHandoff('told')]);
      expect(messageIds(undelivered)).toEqual(['told']);
      worker.push([makeHandoff('own')]);
      expect(messageIds(received)).toEqual(['own']);

      await server().restart();
      await untilReached(api, 2, received);
      await server().wipe();
      await server().restart();
      await untilReached(api, 2, received);
    },
  );

  it(
    'either gives up or delivers each hand-off that it sends while the broker is killed',
    { timeout: RESTART_MS },
    async () => {
      const [api, worker] = [create(1), create(2)];
      await Promise.all([api.start(), worker.start()]);
      const received = consume(worker);
      await untilReached(api, 2, received);
      await server().keeps(`${prefix}.handoffs.2`);
      let killed: Promise<void> | undefined;
      for (let n = 1; n <= 300; n++) {
        if (n === 150) killed = server().kill();
        api.send(2, [makeHandoff(`m${n}`)]);
        await new Promise(setImmediate);
      }
      await killed;
      await server().restart();
      const known = () => new Set(messageIds([...received, ...undelivered]));
      await waitFor(
        () => makeHandoffs(300).every(({ messageId }) => known().has(messageId)),
        'all of them',
        RESTART_MS,
      );
    },
  );
});
