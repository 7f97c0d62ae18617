import { describe, expect, test } from 'vitest';
import { makeEndpoint, makeLane } from '../../test/support/delivery-parts.ts';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { makeHandoff } from '../../test/support/handoffs.ts';
import { PosthasteError } from '../domain/errors.ts';
import type { RecordBatch } from '../storage/storage.ts';
import { type Outcome, Recorder } from './recorder.ts';

const UNAVAILABLE = new PosthasteError('storage_unavailable', 'the disk is full');
const REJECTED = new PosthasteError('storage_rejected', 'a value that no column takes');

/** A storage whose commits leave and end when the test says so. */
class World {
  readonly clock = new ManualClock();
  readonly committed: string[][] = [];
  readonly lost: string[] = [];
  readonly errors: unknown[] = [];
  /** What each commit that left carried. */
  readonly written: RecordBatch[] = [];
  fails: (batch: RecordBatch) => Error | null = () => null;
  readonly #asked: (() => Promise<void>)[] = [];

  readonly recorder = new Recorder({
    clock: this.clock,
    storage: {
      record: (take) =>
        new Promise((resolve, reject) => {
          this.#asked.push(async () => {
            const batch = take();
            const error = this.fails(batch);
            if (error === null) this.written.push(batch);
            if (error === null) resolve({ disabled: [] });
            else reject(error);
          });
        }),
    },
    onCommitted: (outcomes) =>
      this.committed.push(outcomes.map(({ handoff }) => handoff.messageId)),
    onLost: (outcomes) => this.lost.push(...outcomes.map(({ handoff }) => handoff.messageId)),
    onError: (error) => this.errors.push(error),
  });

  get asked(): number {
    return this.#asked.length;
  }

  /** Lets the commits go that were asked for, and what follows from them. */
  async commit(): Promise<void> {
    while (this.#asked.length > 0) {
      await this.#asked.shift()?.();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }
}

function outcome(messageId: string, more: Partial<Outcome> = {}): Outcome {
  const handoff = makeHandoff(messageId);
  const attempt = {
    id: `atmpt_${messageId}`,
    messageId,
    endpointId: handoff.endpointId,
    applicationId: handoff.applicationId,
    number: 1,
    trigger: 'scheduled',
    url: makeEndpoint('ep_1').url,
    startedAt: 0,
    durationMs: 1,
    succeeded: true,
    failure: null,
    detail: '',
    statusCode: 200,
    response: 'thanks',
    exchange: null,
  } as const;
  return {
    handoff,
    lane: makeLane(),
    record: { attempt, claim: handoff.claim, next: { state: 'delivered' } },
    health: null,
    release: null,
    ordered: false,
    ...more,
  };
}

const idsOf = ({ records }: RecordBatch) => records.map(({ attempt }) => attempt.messageId);

test('outcomes that arrive before the commit begins are part of it', async () => {
  const world = new World();
  for (const id of ['m1', 'm2', 'm3']) world.recorder.add(outcome(id));
  expect(world.asked).toBe(1);
  await world.commit();
  expect(world.committed).toEqual([['m1', 'm2', 'm3']]);
  world.recorder.add(outcome('m4'));
  await world.commit();
  await world.recorder.settled();
  expect(world.committed).toEqual([['m1', 'm2', 'm3'], ['m4']]);
});

test('attempts and released claims go in one commit', async () => {
  const world = new World();
  world.recorder.add(outcome('m1'));
  const { claim } = makeHandoff('m2');
  const release = { messageId: 'm2', endpointId: 'ep_1', claim, dueAt: 5 };
  world.recorder.add(outcome('m2', { record: null, release }));
  await world.commit();
  expect(world.written).toHaveLength(1);
  expect(world.written[0]?.releases).toEqual([release]);
});

test('changes of one endpoint in one commit become one', async () => {
  const world = new World();
  const disabled = { at: 9, reason: 'failing' } as const;
  const changes = [
    { endpointId: 'ep_1', endpointUpdatedAt: 1, failingSince: 7, lastFailedAt: 7, addFailed: 1 },
    { endpointId: 'ep_2', endpointUpdatedAt: 5, addFailed: 1 },
    { endpointId: 'ep_1', endpointUpdatedAt: 1, lastFailedAt: 8, addFailed: 1, disabled },
    // A person changed it: what was learned before counts no more.
    { endpointId: 'ep_2', endpointUpdatedAt: 6, addFailed: 1 },
    { endpointId: 'ep_2', endpointUpdatedAt: 5, addFailed: 1, disabled },
  ];
  for (const health of changes) world.recorder.add(outcome('m1', { health }));
  await world.commit();
  const both = { failingSince: 7, lastFailedAt: 8, addFailed: 2, disabled };
  expect(world.written[0]?.health).toEqual([
    { endpointId: 'ep_1', endpointUpdatedAt: 1, ...both },
    { endpointId: 'ep_2', endpointUpdatedAt: 6, addFailed: 1 },
  ]);
});

test('a large backlog of outcomes goes in commits of a bounded size', async () => {
  const world = new World();
  for (let count = 0; count < 2_500; count++) world.recorder.add(outcome(`m${count}`));
  await world.commit();
  expect(world.committed.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
});

describe('a storage that can not be written now', () => {
  test('is called again, with longer waits, and no outcome is lost', async () => {
    const world = new World();
    world.fails = () => UNAVAILABLE;
    world.recorder.add(outcome('m1'));
    await world.commit();
    world.recorder.add(outcome('m2'));
    expect(world.asked).toBe(0);
    world.clock.advance(99);
    expect(world.asked).toBe(0);
    world.clock.advance(1);
    await world.commit();
    world.clock.advance(199);
    expect(world.asked).toBe(0);
    world.clock.advance(1);
    world.fails = () => null;
    await world.commit();
    await world.recorder.settled();
    expect(world.committed).toEqual([['m1', 'm2']]);
    expect(world.errors).toEqual([UNAVAILABLE, UNAVAILABLE]);
  });

  test('leaves the recorder behind until all that waited then is written', async () => {
    const world = new World();
    world.recorder.add(outcome('m0'));
    expect(world.recorder.isBehind).toBe(false);
    world.fails = () => UNAVAILABLE;
    await world.commit();
    expect(world.recorder.isBehind).toBe(true);
    for (let count = 1; count < 1_500; count++) world.recorder.add(outcome(`m${count}`));
    world.clock.advance(100);
    const behind: boolean[] = [];
    world.fails = () => (behind.push(world.recorder.isBehind) === 2 ? UNAVAILABLE : null);
    await world.commit();
    expect(world.committed.flat()).toHaveLength(1_000);
    expect([...behind, world.recorder.isBehind]).toEqual([true, true, true]);
    world.clock.advance(1_000);
    await world.commit();
    expect(world.committed.flat()).toHaveLength(1_500);
    expect(world.recorder.isBehind).toBe(false);
  });

  test('and then refuses one for good does not leave it behind', async () => {
    const world = new World();
    world.fails = () => UNAVAILABLE;
    for (const id of ['m1', 'm2']) world.recorder.add(outcome(id));
    await world.commit();
    world.fails = (batch) => (idsOf(batch).includes('m1') ? REJECTED : null);
    world.clock.advance(100);
    await world.commit();
    await world.recorder.settled();
    expect({ lost: world.lost, isBehind: world.recorder.isBehind }).toEqual({
      lost: ['m1'],
      isBehind: false,
    });
  });

  test('that is closed ends the retries', async () => {
    const world = new World();
    world.fails = () => new PosthasteError('stopping', 'the storage is closed');
    world.recorder.add(outcome('m1'));
    world.recorder.add(outcome('m2'));
    await world.commit();
    await world.recorder.settled();
    expect({ lost: world.lost, committed: world.committed }).toEqual({
      lost: ['m1', 'm2'],
      committed: [],
    });
  });
});

describe('an outcome that the storage refuses for good', () => {
  test('does not stop the others, and is recorded without its response', async () => {
    const world = new World();
    world.fails = ({ records }) =>
      records.some(({ attempt }) => attempt.response === 'poison') ? REJECTED : null;
    for (let count = 1; count <= 9; count++) {
      const good = outcome(`m${count}`);
      const attempt = { ...good.record!.attempt, response: count === 5 ? 'poison' : 'thanks' };
      world.recorder.add({ ...good, record: { ...good.record!, attempt } });
    }
    await world.commit();
    await world.recorder.settled();
    expect(world.written.flatMap(idsOf).toSorted()).toEqual(
      Array.from({ length: 9 }, (_, index) => `m${index + 1}`),
    );
    expect(world.errors).toEqual([REJECTED]);
    const poisoned = world.written.flatMap(({ records }) => records)[4];
    expect(poisoned?.attempt).toMatchObject({ messageId: 'm5', response: '' });
  });

  test('is given up when even the short record is rejected', async () => {
    const world = new World();
    world.fails = (batch) => (idsOf(batch).includes('m2') ? REJECTED : null);
    for (const id of ['m1', 'm2', 'm3']) world.recorder.add(outcome(id));
    await world.commit();
    await world.recorder.settled();
    expect(world.lost).toEqual(['m2']);
    expect(world.written.flatMap(idsOf)).toEqual(['m1', 'm3']);
  });
});
