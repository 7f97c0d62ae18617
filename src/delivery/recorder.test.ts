import { describe, expect, test } from 'vitest';
import { makeEndpoint, makeLane } from '../../test/support/delivery-parts.ts';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { makeHandoff } from '../../test/support/handoffs.ts';
import { PosthasteError } from '../domain/errors.ts';
import type { RecordBatch } from '../storage/storage.ts';
import { type Outcome, Recorder, type RecorderOptions } from './recorder.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The end of the claim in `makeHandoff`. */
const CLAIM_ENDS_AT = makeHandoff('m1').claim.until;

const UNAVAILABLE = new PosthasteError('storage_unavailable', 'the disk is full');
const REJECTED = new PosthasteError('storage_rejected', 'a value that no column takes');

/** A storage whose commits begin and end when the test says so. */
class World {
  readonly clock = new ManualClock(CLAIM_ENDS_AT - 60_000);
  readonly committed: string[][] = [];
  readonly lost: string[] = [];
  readonly errors: unknown[] = [];
  /** The batches of the commits that have begun. */
  readonly written: RecordBatch[] = [];
  fails: (batch: RecordBatch) => Error | null = () => null;
  readonly #asked: (() => Promise<void>)[] = [];

  readonly storage: Writable<RecorderOptions['storage']> = {
    owner: 1,
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
  };

  readonly recorder = new Recorder({
    clock: this.clock,
    storage: this.storage,
    onCommitted: (outcomes) =>
      this.committed.push(outcomes.map(({ handoff }) => handoff.messageId)),
    onLost: (outcomes) => this.lost.push(...outcomes.map(({ handoff }) => handoff.messageId)),
    onError: (error) => this.errors.push(error),
  });

  get asked(): number {
    return this.#asked.length;
  }

  /** Executes the requested commits, and waits for the consequences. */
  async commit(): Promise<void> {
    while (this.#asked.length > 0) await this.commitNext();
  }

  async commitNext(): Promise<void> {
    await this.#asked.shift()?.();
    await new Promise<void>((resolve) => setImmediate(resolve));
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

function outcomeOfNewClaim(messageId: string): Outcome {
  const claim = { owner: 1, until: CLAIM_ENDS_AT + 300_000 };
  return outcome(messageId, { handoff: { ...makeHandoff(messageId), claim } });
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
    // A person has changed the endpoint, so earlier results no longer count.
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

test('a large backlog of outcomes is written in commits of bounded size', async () => {
  const world = new World();
  for (let count = 0; count < 2_500; count++) world.recorder.add(outcome(`m${count}`));
  await world.commit();
  expect(world.committed.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
});

describe('a storage that cannot be written now', () => {
  test('is tried again with growing waits, and no outcome is lost', async () => {
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

  test('is not tried again once it is closed', async () => {
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

test('during an outage, one commit is tried after each wait, however many outcomes there are', async () => {
  const world = new World();
  for (let count = 0; count < 2_500; count++) world.recorder.add(outcome(`m${count}`));
  let tried = 0;
  world.fails = () => (tried++, UNAVAILABLE);
  for (let left = 20; left > 0; left--) await world.commitNext();
  expect(tried).toBeLessThanOrEqual(3);
  world.fails = () => null;
  world.clock.advance(100);
  await world.commit();
  expect(world.committed.flat()).toHaveLength(2_500);
});

describe('an outcome that the storage refuses for good', () => {
  test('does not stop others, and is recorded without its response', async () => {
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

describe('an attempt that is not recorded when its claim ends', () => {
  test('makes the recorder count as behind until it is written', async () => {
    const world = new World();
    for (let count = 0; count < 1_500; count++) world.recorder.add(outcome(`m${count}`));
    world.fails = () => UNAVAILABLE;
    await world.commit();
    expect(world.recorder.isBehind).toBe(false);
    world.clock.advance(59_500);
    await world.commit();
    expect(world.recorder.isBehind).toBe(true);
    world.fails = () => (world.committed.length === 0 ? null : UNAVAILABLE);
    world.clock.advance(1_000);
    await world.commit();
    expect(world.committed.flat()).toHaveLength(1_000);
    expect(world.recorder.isBehind).toBe(true);
    world.fails = () => null;
    world.clock.advance(1_000);
    await world.commit();
    expect(world.committed.flat()).toHaveLength(1_500);
    expect(world.recorder.isBehind).toBe(false);
  });

  test('keeps the recorder behind while its batch is halved and later attempts are written', async () => {
    const world = new World();
    world.fails = () => UNAVAILABLE;
    const late = ['m1', 'm2', 'm3', 'm4'];
    for (const id of late) world.recorder.add(outcome(id));
    await world.commit();
    world.clock.advance(60_000);
    const behind: boolean[] = [];
    world.fails = (batch) => {
      const done = [...world.committed.flat(), ...world.lost];
      if (late.some((id) => !done.includes(id))) behind.push(world.recorder.isBehind);
      return idsOf(batch).includes('m4') ? REJECTED : null;
    };
    for (let count = 0; count < 8; count++) {
      world.recorder.add(outcomeOfNewClaim(`later${count}`));
      await world.commitNext();
    }
    await world.commit();
    expect(world.committed.flat()).toHaveLength(3 + 8);
    expect(world.lost).toEqual(['m4']);
    expect(behind.length).toBeGreaterThan(5);
    expect(new Set(behind)).toEqual(new Set([true]));
    expect(world.recorder.isBehind).toBe(false);
  });

  test('keeps the recorder behind when the process was away and has another number', async () => {
    const world = new World();
    world.recorder.add(outcome('m1'));
    expect(world.recorder.isBehind).toBe(false);
    world.storage.owner = 2;
    expect(world.recorder.isBehind).toBe(true);
    await world.commit();
    expect(world.recorder.isBehind).toBe(false);
  });

  test('does not count if its claim was only released', () => {
    const world = new World();
    world.clock.advance(60_000);
    world.recorder.add(outcome('m1', { record: null }));
    expect(world.recorder.isBehind).toBe(false);
  });
});
