import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Handoff } from '../../src/domain/delivery.ts';
import type { Consumer, Origin, Queue } from '../../src/queue/queue.ts';
import { makeHandoff, makeHandoffs, messageIds } from '../support/handoffs.ts';

export interface QueueFixture {
  /** Opens and starts the queue; a second time, what another process would open beside it. */
  open(): Promise<Queue>;
  /**
   * Whether a broker carries the hand-offs: then they outlive the process until they are
   * acknowledged, and it holds back what is above the capacity.
   */
  readonly broker: boolean;
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

  async function open(): Promise<Queue> {
    const queue = await fixture.open();
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
      queue.push(handoffs.slice(0, 100));
      for (const handoff of handoffs.slice(100)) queue.push([handoff]);
      await arrived(received, 300);
      expect(received).toEqual(handoffs);
    });

    it('keeps what is pushed before somebody consumes', async () => {
      const queue = await open();
      queue.push(makeHandoffs(3));
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
      queue.push([makeHandoff('m1', payload)]);
      await arrived(received, 1);
      expect(received[0]?.payload === payload).toBe(true);
    });

    it('keeps the media type of a raw text', async () => {
      const queue = await open();
      const { received } = consume(queue, 2);
      const types = ['text/xml; charset="utf-8"', null];
      queue.push(types.map((contentType, i) => ({ ...makeHandoff(`m${i}`, '<a/>'), contentType })));
      await arrived(received, 2);
      expect(received.map(({ contentType }) => contentType)).toEqual(types);
    });

    it('says of hand-offs that nobody else can hold that they are from here', async () => {
      const queue = await open();
      const { received, origins } = consume(queue, 3);
      queue.push([makeHandoff('before it was certain that somebody consumes')]);
      await arrived(received, 1);
      queue.push(makeHandoffs(2));
      await arrived(received, 3);
      expect(origins).toEqual(['here', 'here', 'here']);
    });

    it('keeps nothing of the array that was pushed', async () => {
      const queue = await open();
      const handoffs = makeHandoffs(2);
      queue.push(handoffs);
      handoffs.length = 0;
      const { received } = consume(queue, 10);
      await arrived(received, 2);
      expect(messageIds(received)).toEqual(['m1', 'm2']);
    });

    it('takes what its consumer pushes and acknowledges while it receives', async () => {
      const queue = await open();
      const received: Handoff[] = [];
      queue.consume(10, (handoffs) => {
        received.push(...handoffs);
        if (received.length < 10) queue.push([makeHandoff(`m${received.length + 1}`)]);
        queue.ack(handoffs);
      });
      queue.push([makeHandoff('m1')]);
      await arrived(received, 10);
      expect(messageIds(received)).toEqual(messageIds(makeHandoffs(10)));
    });

    it('has one consumer', async () => {
      const queue = await open();
      queue.consume(1, () => {});
      expect(() => queue.consume(1, () => {})).toThrow('consumer');
    });
  });

  describe('capacity', () => {
    it('bounds what a broker sends, which goes on with each acknowledgement', async () => {
      const queue = await open();
      const { received } = consume(queue, 2);
      queue.push(makeHandoffs(5));
      if (fixture.broker) {
        await arrived(received, 2);
        queue.ack(received.slice(0, 1));
        await arrived(received, 3);
        queue.ack(received.slice(1, 3));
      }
      await arrived(received, 5);
      expect(messageIds(received)).toEqual(['m1', 'm2', 'm3', 'm4', 'm5']);
    });

    it('does not depend on the order of acknowledgements', async () => {
      const queue = await open();
      const received: Handoff[] = [];
      queue.consume(3, (handoffs) => {
        received.push(...handoffs);
        if (received.length % 3 === 0) queue.ack(received.slice(-3).toReversed());
      });
      queue.push(makeHandoffs(90));
      await arrived(received, 90);
    });
  });

  describe('stopping', () => {
    it('gives nothing to a consumer that has stopped; it may still acknowledge', async () => {
      const queue = await open();
      const { received, consumer } = consume(queue, 2);
      queue.push(makeHandoffs(2));
      await arrived(received, 2);
      await consumer.stop();
      await consumer.stop();
      queue.push([makeHandoff('m3')]);
      queue.ack(received.splice(0));
      await settled();
      expect(received).toEqual([]);
    });

    it('lets the next consumer have the rest', async () => {
      const queue = await open();
      const first = consume(queue, 1);
      queue.push([makeHandoff('m1')]);
      await arrived(first.received, 1);
      await first.consumer.stop();
      queue.push([makeHandoff('m2')]);
      queue.ack(first.received);
      queue.push([makeHandoff('m3')]);
      const second = consume(queue, 5);
      await arrived(second.received, 2);
      expect(messageIds(second.received).toSorted()).toEqual(['m2', 'm3']);
    });

    it('hands nothing over any more, twice', async () => {
      const queue = await open();
      const { received } = consume(queue, 1);
      queue.push([makeHandoff('m1')]);
      await arrived(received, 1);
      await queue.stop();
      queue.ack(received);
      queue.push([makeHandoff('m2')]);
      await settled();
      expect(received).toHaveLength(1);
      await queue.stop();
    });

    it('leaves what was not acknowledged to the next process, or forgets it', async () => {
      const queue = await open();
      const { received } = consume(queue, 3);
      queue.push(makeHandoffs(5));
      await arrived(received, fixture.broker ? 3 : 5);
      queue.ack(received.slice(0, 1));
      await queue.stop();

      const next = await open();
      const { received: again, origins } = consume(next, 10);
      if (fixture.broker) {
        await arrived(again, 4);
        expect(messageIds(again).toSorted()).toEqual(['m2', 'm3', 'm4', 'm5']);
        expect(origins).toEqual(again.map(() => 'elsewhere'));
      } else {
        await settled();
        expect(again).toEqual([]);
      }
    });
  });
}

const WAIT = { timeout: 10_000, interval: 5 };

function consume(
  queue: Queue,
  capacity: number,
): { received: Handoff[]; origins: Origin[]; consumer: Consumer } {
  const received: Handoff[] = [];
  const origins: Origin[] = [];
  const consumer = queue.consume(capacity, (handoffs, origin) => {
    received.push(...handoffs);
    origins.push(...handoffs.map(() => origin));
  });
  return { received, origins, consumer };
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
