import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Handoff } from '../../src/domain/delivery.ts';
import type { Consumer, Origin, Queue } from '../../src/queue/queue.ts';
import { makeHandoff, makeHandoffs, messageIds } from '../support/handoffs.ts';

/** Opens and starts the queue of the process with this number. */
type OpenQueue = (
  owner: number,
  undelivered: (handoffs: readonly Handoff[]) => void,
) => Promise<Queue>;

/**
 * The suite of every queue. `hasBroker`: whether a broker carries hand-offs to other processes. `create` is called for
 * each test, whose queues are empty and shared with no other test.
 */
export function describeQueue(hasBroker: boolean, create: () => OpenQueue): void {
  let openQueue: OpenQueue;
  let opened: Queue[];

  beforeEach(() => {
    openQueue = create();
    opened = [];
  });
  afterEach(async () => {
    await Promise.all(opened.map((queue) => queue.stop()));
  });

  async function open(
    owner = 1,
    undelivered: (handoffs: readonly Handoff[]) => void = () => {},
  ): Promise<Queue> {
    const queue = await openQueue(owner, undelivered);
    opened.push(queue);
    return queue;
  }

  describe('pushing', () => {
    it('delivers hand-offs unchanged and in order', async () => {
      const queue = await open();
      const handoffs: Handoff[] = makeHandoffs(300).map((handoff, index) => ({
        ...handoff,
        ...(index % 3 && { eventType: 'call.new', owedSince: 1_600_000_000_000 + index }),
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

    it('keeps hand-offs that are pushed before there is a consumer', async () => {
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

    it('keeps headers and trace of a message', async () => {
      const queue = await open();
      const { received } = consume(queue, 2);
      const its = { headers: '{"x-a":"\\u00e9"}', trace: '00-abc 7' };
      const plain = makeHandoff('m1');
      queue.push([{ ...makeHandoff('m0'), ...its }, plain]);
      await arrived(received, 2);
      const carried = received.map(({ headers, trace }) => ({ headers, trace }));
      expect(carried).toEqual([its, { headers: null, trace: undefined }]);
    });

    it('says that hand-offs of its own process are from here', async () => {
      const queue = await open();
      const { received, origins } = consume(queue, 3);
      queue.push([makeHandoff('pushed before the consumer is ready')]);
      await arrived(received, 1);
      queue.push(makeHandoffs(2));
      await arrived(received, 3);
      expect(origins).toEqual(['here', 'here', 'here']);
    });

    it('does not keep the array that was pushed', async () => {
      const queue = await open();
      const handoffs = makeHandoffs(2);
      queue.push(handoffs);
      handoffs.length = 0;
      const { received } = consume(queue, 10);
      await arrived(received, 2);
      expect(messageIds(received)).toEqual(['m1', 'm2']);
    });

    it('lets its consumer push and acknowledge while it receives', async () => {
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

    it('has at most one consumer', async () => {
      const queue = await open();
      queue.consume(1, () => {});
      expect(() => queue.consume(1, () => {})).toThrow('consumer');
    });
  });

  describe('stopping', () => {
    it('gives nothing to a stopped consumer, which may still acknowledge', async () => {
      const queue = await open();
      const { received, consumer } = consume(queue, 2);
      queue.push(makeHandoffs(2));
      await arrived(received, 2);
      await consumer.stop();
      await consumer.stop();
      queue.push([makeHandoff('m3')]);
      queue.ack(received.splice(0));
      const next = consume(queue, 2);
      await arrived(next.received, 1);
      expect(received).toEqual([]);
    });

    it('keeps hand-offs that are pushed between two consumers for the second', async () => {
      const queue = await open();
      const first = consume(queue, 1);
      queue.push([makeHandoff('m1')]);
      await arrived(first.received, 1);
      await first.consumer.stop();
      queue.push([makeHandoff('m2')]);
      const second = consume(queue, 5);
      await arrived(second.received, 1);
      expect(messageIds(second.received)).toEqual(['m2']);
    });

    it('hands nothing over any more, and may be done twice', async () => {
      const queue = await open();
      const { received } = consume(queue, 1);
      queue.push([makeHandoff('m1')]);
      await arrived(received, 1);
      await queue.stop();
      queue.ack(received);
      queue.push([makeHandoff('m2')]);
      await nextTurn();
      expect(received).toHaveLength(1);
      await queue.stop();
    });
  });

  describe('sending', () => {
    it(`reaches ${hasBroker ? 'another process' : 'nobody'}`, async () => {
      const queue = await open();
      expect(queue.reaches(2)).toBe(hasBroker);
    });
  });

  describe.runIf(hasBroker)('sending over a broker', () => {
    it('brings hand-offs to the right process, in order, and says that they are from elsewhere', async () => {
      const undelivered: Handoff[] = [];
      const [api, one, other] = await Promise.all([
        open(1, (handoffs) => undelivered.push(...handoffs)),
        open(2),
        open(3),
      ]);
      const first = consume(one, 1_000);
      const second = consume(other, 1_000);
      await untilReached(api, 2, first.received, undelivered);
      await untilReached(api, 3, second.received, undelivered);
      const handoffs = makeHandoffs(300, '{"half":"\ud83d"}');
      api.send(2, handoffs);
      api.send(3, [makeHandoff('other')]);
      const last = makeHandoff('last');
      api.send(2, [last]);
      await arrived(first.received, 301);
      await arrived(second.received, 1);
      expect(first.received).toEqual([...handoffs, last]);
      expect(messageIds(second.received)).toEqual(['other']);
      expect(new Set(first.origins)).toEqual(new Set(['elsewhere']));
      expect(undelivered).toEqual([]);
    });

    it('gives a consumer no more than its capacity, and more after acknowledgements', async () => {
      const undelivered: Handoff[] = [];
      const [api, worker, other] = await Promise.all([
        open(1, (handoffs) => undelivered.push(...handoffs)),
        open(2),
        open(3),
      ]);
      const received: Handoff[] = [];
      let acknowledges = true;
      worker.consume(128, (handoffs) => {
        received.push(...handoffs);
        if (acknowledges) worker.ack(handoffs.toReversed());
      });
      const later = consume(other, 128);
      await untilReached(api, 2, received, undelivered);
      await untilReached(api, 3, later.received, undelivered);
      acknowledges = false;
      api.send(2, makeHandoffs(640));
      await vi.waitFor(() => expect(received.length).toBe(128), WAIT);
      // By then the broker has had the time to send more.
      api.send(3, [makeHandoff('later')]);
      await arrived(later.received, 1);
      expect(received.length).toBe(128);
      acknowledges = true;
      worker.ack(received);
      await vi.waitFor(() => expect(received.length).toBe(640), WAIT);
      expect(messageIds(received)).toEqual(messageIds(makeHandoffs(640)));
    });

    it('returns hand-offs to a process that does not consume yet, or no longer', async () => {
      const undelivered: Handoff[] = [];
      const [api, worker] = await Promise.all([
        open(1, (handoffs) => undelivered.push(...handoffs)),
        open(2),
      ]);
      api.send(2, [makeHandoff('early')]);
      await vi.waitFor(() => expect(messageIds(undelivered)).toEqual(['early']), WAIT);
      expect(api.reaches(2)).toBe(false);
      expect(api.reaches(3)).toBe(true);
      const { consumer, received } = consume(worker, 100);
      await untilReached(api, 2, received, undelivered);
      await consumer.stop();
      api.send(2, [makeHandoff('late')]);
      await vi.waitFor(() => expect(messageIds(undelivered)).toEqual(['late']), WAIT);
    });
  });
}

const WAIT = { timeout: 30_000, interval: 5 };

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

/** Waits until so many have been received, and expects no more in the next turn. */
async function arrived(received: readonly Handoff[], count: number): Promise<void> {
  await vi.waitFor(() => expect(received.length).toBeGreaterThanOrEqual(count), WAIT);
  await nextTurn();
  expect(received).toHaveLength(count);
}

/** Sends probes until one arrives, and forgets all of them. */
async function untilReached(
  queue: Queue,
  owner: number,
  received: Handoff[],
  undelivered: Handoff[],
): Promise<void> {
  await vi.waitFor(async () => {
    // The queue avoids the owner for a second after a probe that nobody received.
    expect(queue.reaches(owner)).toBe(true);
    undelivered.length = 0;
    queue.send(owner, [makeHandoff('probe')]);
    // A probe that came later would be counted by the test, or make the queue avoid the owner.
    await vi.waitFor(() => expect([...received, ...undelivered]).toHaveLength(1), WAIT);
    expect(received).toHaveLength(1);
  }, WAIT);
  received.length = 0;
}
