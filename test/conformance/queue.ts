import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Handoff } from '../../src/domain/delivery.ts';
import type { Consumer, Queue } from '../../src/queue/queue.ts';
import { makeHandoff, makeHandoffs, messageIds } from '../support/handoffs.ts';

export interface QueueFixture {
  /** Opens and starts the queue; a second time, what another process would open beside it. */
  open(limits?: { maxCount?: number; maxBytes?: number }): Promise<Queue>;
  /** Whether hand-offs that were not acknowledged outlive the process. */
  readonly redelivers: boolean;
}

/** What every queue does. Each test gets a fixture, and so an empty queue, of its own. */
export function describeQueue(createFixture: () => QueueFixture): void {
  let fixture: QueueFixture;
  let opened: Queue[];

  beforeEach(() => {
    fixture = createFixture();
    opened = [];
  });
  afterEach(async () => {
    await Promise.all(opened.map((queue) => queue.stop()));
  });

  async function open(limits?: { maxCount?: number; maxBytes?: number }): Promise<Queue> {
    const queue = await fixture.open(limits);
    opened.push(queue);
    return queue;
  }

  describe('handing over', () => {
    it('delivers every member as it was pushed, in order', async () => {
      const queue = await open();
      const handoffs: Handoff[] = makeHandoffs(300).map((handoff, index) => ({
        ...handoff,
        attemptCount: index,
        scheduleStep: index % 7,
        trigger: index % 2 ? 'manual' : 'scheduled',
        claim: { owner: index, until: 1_700_000_000_000 + index },
      }));
      const { received } = consume(queue, Infinity);
      push(queue, handoffs.slice(0, 100));
      for (const handoff of handoffs.slice(100)) push(queue, [handoff]);
      await arrived(received, 300);
      expect(received).toEqual(handoffs);
    });

    it('keeps what is pushed before somebody consumes', async () => {
      const queue = await open();
      push(queue, makeHandoffs(3));
      const { received } = consume(queue, Infinity);
      await arrived(received, 3);
      expect(messageIds(received)).toEqual(['m1', 'm2', 'm3']);
    });

    it.each([
      ['numbers as they were written', '{"a":12345678901234567890,"b":1.0,"c":1e400}'],
      ['unicode, escaped and not', '{"€":"Zażółć 🐎 \\ud83d\\u0000 \\/","é":"\u2028"}'],
      ['half a surrogate pair', '{"a":"\ud83d"}'],
      ['white space', ' { "a" :\n\t[ ] } '],
      ['a large text', JSON.stringify({ text: 'ł"'.repeat(500_000) })],
    ])('keeps payloads intact: %s', async (_, payload) => {
      const queue = await open();
      const { received } = consume(queue, 1);
      push(queue, [makeHandoff('m1', payload)]);
      await arrived(received, 1);
      expect(received[0]?.payload === payload).toBe(true);
    });

    it('says of hand-offs that nobody else can hold that they are not redelivered', async () => {
      const queue = await open();
      const { received, redelivered } = consume(queue, 3);
      push(queue, [makeHandoff('before it was certain that somebody consumes')]);
      await arrived(received, 1);
      push(queue, makeHandoffs(2));
      await arrived(received, 3);
      expect(redelivered.slice(1)).toEqual([false, false]);
    });
  });

  describe('prefetch', () => {
    it('never has more unacknowledged, and goes on with each acknowledgement', async () => {
      const queue = await open();
      const { received } = consume(queue, 2);
      push(queue, makeHandoffs(5));
      await arrived(received, 2);
      queue.ack(received.slice(0, 1));
      await arrived(received, 3);
      queue.ack(received.slice(1, 3));
      await arrived(received, 5);
      expect(messageIds(received)).toEqual(['m1', 'm2', 'm3', 'm4', 'm5']);
    });

    it('takes acknowledgements in any order, and while it receives', async () => {
      const queue = await open();
      const received: Handoff[] = [];
      queue.consume(3, (handoffs) => {
        received.push(...handoffs);
        if (received.length % 3 === 0) queue.ack(received.slice(-3).toReversed());
      });
      push(queue, makeHandoffs(90));
      await arrived(received, 90);
      await vi.waitFor(() => expect(queue.room()).toBe(16_384), WAIT);
    });
  });

  describe('room', () => {
    it('is bounded in count, from reserve until acknowledgement', async () => {
      const queue = await open({ maxCount: 3 });
      const { received } = consume(queue, 10);
      expect(queue.reserve(4, 0)).toBe(false);
      expect(queue.room()).toBe(3);
      expect(queue.reserve(3, 0)).toBe(true);
      expect(queue.room()).toBe(0);
      expect(queue.reserve(1, 0)).toBe(false);
      queue.push(makeHandoffs(3, ''));
      await arrived(received, 3);
      expect(queue.reserve(1, 0)).toBe(false);
      queue.ack(received.slice(0, 2));
      await vi.waitFor(() => expect(queue.room()).toBe(2), WAIT);
      expect(queue.reserve(2, 0)).toBe(true);
      expect(queue.reserve(1, 0)).toBe(false);
    });

    it('is bounded in bytes, from reserve until acknowledgement', async () => {
      const queue = await open({ maxBytes: 100 });
      const { received } = consume(queue, 10);
      const payload = '"'.padEnd(50, 'x');
      expect(queue.reserve(1, 101)).toBe(false);
      push(queue, makeHandoffs(2, payload));
      expect(queue.reserve(1, 1)).toBe(false);
      expect(queue.room()).toBe(0);
      await arrived(received, 2);
      expect(queue.reserve(1, 1)).toBe(false);
      queue.ack(received.slice(0, 1));
      await vi.waitFor(() => expect(queue.room()).toBeGreaterThan(0), WAIT);
      expect(queue.reserve(1, 51)).toBe(false);
      expect(queue.reserve(1, 50)).toBe(true);
    });

    it('is given back by unreserve', async () => {
      const queue = await open({ maxCount: 2, maxBytes: 100 });
      expect(queue.reserve(2, 100)).toBe(true);
      queue.unreserve(1, 60);
      expect(queue.reserve(1, 61)).toBe(false);
      expect(queue.reserve(1, 60)).toBe(true);
      queue.unreserve(2, 100);
      expect(queue.room()).toBe(2);
    });

    it('is taken by what waits for a consumer', async () => {
      const queue = await open({ maxCount: 5 });
      push(queue, makeHandoffs(5));
      await settled();
      expect(queue.room()).toBe(0);
      const { received } = consume(queue, 1);
      await arrived(received, 1);
      expect(queue.room()).toBe(0);
    });

    it('is all there again after many hand-offs', async () => {
      const queue = await open({ maxCount: 64, maxBytes: 4_096 });
      let receivedCount = 0;
      queue.consume(8, (handoffs) => {
        receivedCount += handoffs.length;
        queue.ack(handoffs);
      });
      for (const handoff of makeHandoffs(500, 'x'.repeat(60))) {
        await vi.waitFor(() => expect(queue.reserve(1, 60)).toBe(true), WAIT);
        queue.push([handoff]);
      }
      await vi.waitFor(() => expect(receivedCount).toBe(500), WAIT);
      await vi.waitFor(() => expect(queue.room()).toBe(64), WAIT);
      expect(queue.reserve(64, 4_096)).toBe(true);
    });
  });

  describe('stopping', () => {
    it('gives nothing to a consumer that has stopped; it may still acknowledge', async () => {
      const queue = await open({ maxCount: 10 });
      const { received, consumer } = consume(queue, 2);
      push(queue, makeHandoffs(4));
      await arrived(received, 2);
      await consumer.stop();
      await consumer.stop();
      queue.ack(received.splice(0));
      await settled();
      expect(received).toEqual([]);
      await vi.waitFor(() => expect(queue.room()).toBe(8), WAIT);
    });

    it('lets the next consumer have the rest', async () => {
      const queue = await open();
      const first = consume(queue, 1);
      push(queue, makeHandoffs(3));
      await arrived(first.received, 1);
      await first.consumer.stop();
      queue.ack(first.received);
      const second = consume(queue, 5);
      await arrived(second.received, 2);
      expect(messageIds(second.received).toSorted()).toEqual(['m2', 'm3']);
    });

    it('hands nothing over any more, twice', async () => {
      const queue = await open();
      const { received } = consume(queue, 1);
      push(queue, makeHandoffs(2));
      await arrived(received, 1);
      await queue.stop();
      queue.ack(received);
      queue.push([makeHandoff('m3')]);
      await settled();
      expect(received).toHaveLength(1);
      expect(queue.room()).toBe(0);
      expect(queue.reserve(1, 1)).toBe(false);
      await queue.stop();
    });

    it('leaves what was not acknowledged to the next process, or forgets it', async () => {
      const queue = await open();
      const { received } = consume(queue, 3);
      push(queue, makeHandoffs(5));
      await arrived(received, 3);
      queue.ack(received.slice(0, 1));
      await queue.stop();

      const next = await open();
      const { received: again, redelivered } = consume(next, 10);
      if (fixture.redelivers) {
        await arrived(again, 4);
        expect(messageIds(again).toSorted()).toEqual(['m2', 'm3', 'm4', 'm5']);
        const flags = new Map(again.map(({ messageId }, index) => [messageId, redelivered[index]]));
        expect([flags.get('m2'), flags.get('m3')]).toEqual([true, true]);
      } else {
        await settled();
        expect(again).toEqual([]);
      }
    });
  });
}

const WAIT = { timeout: 10_000, interval: 5 };

function push(queue: Queue, handoffs: readonly Handoff[]): void {
  const bytes = handoffs.reduce((sum, { payload }) => sum + payload.length, 0);
  expect(queue.reserve(handoffs.length, bytes)).toBe(true);
  queue.push(handoffs);
}

function consume(
  queue: Queue,
  prefetch: number,
): { received: Handoff[]; redelivered: boolean[]; consumer: Consumer } {
  const received: Handoff[] = [];
  const redelivered: boolean[] = [];
  const consumer = queue.consume(prefetch, (handoffs, flag) => {
    received.push(...handoffs);
    redelivered.push(...handoffs.map(() => flag));
  });
  return { received, redelivered, consumer };
}

/** Waits until that many have been received, and then as long as one more would take. */
async function arrived(received: readonly Handoff[], count: number): Promise<void> {
  await vi.waitFor(() => expect(received.length).toBeGreaterThanOrEqual(count), WAIT);
  await settled();
  expect(received).toHaveLength(count);
}

/** Long enough for something that must not happen to happen. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 30));
}
