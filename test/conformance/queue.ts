import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Handoff } from '../../src/domain/delivery.ts';
import type { Consumer, Origin, Queue } from '../../src/queue/queue.ts';
import { makeHandoff, makeHandoffs, messageIds } from '../support/handoffs.ts';

export interface QueueFixture {
  /** Opens and starts the queue of the process with this number. */
  open(owner: number, undelivered: (handoffs: readonly Handoff[]) => void): Promise<Queue>;
  /** Whether a broker carries hand-offs to other processes. */
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

  async function open(
    owner = 1,
    undelivered: (handoffs: readonly Handoff[]) => void = () => {},
  ): Promise<Queue> {
    const queue = await fixture.open(owner, undelivered);
    opened.push(queue);
    return queue;
  }

  describe('pushing', () => {
    it('delivers every member as it was pushed, in order', async () => {
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

    it('keeps for the next consumer what is pushed meanwhile', async () => {
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
  });

  describe('sending', () => {
    it('reaches nobody without a broker', async () => {
      const queue = await open();
      expect(queue.reaches(2)).toBe(fixture.broker);
    });

    it('brings hand-offs to the process that they are sent to, in order, as from elsewhere', async () => {
      if (!fixture.broker) return;
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
      await arrived(first.received, 300);
      await arrived(second.received, 1);
      expect(first.received).toEqual(handoffs);
      expect(messageIds(second.received)).toEqual(['other']);
      expect(new Set(first.origins)).toEqual(new Set(['elsewhere']));
      expect(undelivered).toEqual([]);
    });

    it('sends no more than there is capacity for, and goes on with acknowledgements', async () => {
      if (!fixture.broker) return;
      const undelivered: Handoff[] = [];
      const [api, worker] = await Promise.all([
        open(1, (handoffs) => undelivered.push(...handoffs)),
        open(2),
      ]);
      const received: Handoff[] = [];
      let acknowledges = true;
      worker.consume(128, (handoffs) => {
        received.push(...handoffs);
        if (acknowledges) worker.ack(handoffs.toReversed());
      });
      await untilReached(api, 2, received, undelivered);
      acknowledges = false;
      api.send(2, makeHandoffs(640));
      await vi.waitFor(() => expect(received.length).toBe(128), WAIT);
      await settled();
      expect(received.length).toBe(128);
      acknowledges = true;
      worker.ack(received);
      await vi.waitFor(() => expect(received.length).toBe(640), WAIT);
      expect(messageIds(received)).toEqual(messageIds(makeHandoffs(640)));
    });

    it('says what does not arrive: nobody is there, or not any more', async () => {
      if (!fixture.broker) return;
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

/** Sends one probe after the other until one arrives, and forgets all of them. */
async function untilReached(
  queue: Queue,
  owner: number,
  received: Handoff[],
  undelivered: Handoff[],
): Promise<void> {
  await vi.waitFor(async () => {
    // For a second after a probe that nobody got, it does not.
    expect(queue.reaches(owner)).toBe(true);
    undelivered.length = 0;
    queue.send(owner, [makeHandoff('probe')]);
    // A probe that is still on its way would be counted by the test, or make the queue avoid the owner.
    await vi.waitFor(() => expect([...received, ...undelivered]).toHaveLength(1), WAIT);
    expect(received).toHaveLength(1);
  }, WAIT);
  received.length = 0;
}
