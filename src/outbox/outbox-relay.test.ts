import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import type { Relayed } from '../operations/operations.ts';
import { OUTBOX_QUIET_MS, type Outbox } from '../storage/storage.ts';
import type { RepeatedWork } from '../repeated-work.ts';
import { createOutboxRelay } from './outbox-relay.ts';

let clock: ManualClock;
let relay: RepeatedWork;
/** The results of the next looks: a number of rows, or an error; when empty, looks find nothing. */
let finds: (number | Error)[];
let looks: number;
let errors: unknown[];
let tell: (() => void) | null;

beforeEach(async () => {
  clock = new ManualClock();
  finds = [];
  looks = 0;
  errors = [];
  tell = null;
  const outbox: Outbox = {
    subscribe(listener) {
      tell = listener;
      return () => void (tell = null);
    },
    relay: async () => [],
  };
  relay = createOutboxRelay({
    outbox,
    clock,
    operations: {
      async relay(): Promise<Relayed> {
        looks++;
        const found = finds.shift() ?? 0;
        if (found instanceof Error) throw found;
        return { rowCount: found, refused: [] };
      },
    },
    onRefused: () => {},
    onError: (error) => errors.push(error),
  });
  relay.start();
  await settle();
  looks = 0;
});

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await setImmediate();
}

async function pass(ms: number, stepMs = ms): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    clock.advance(stepMs);
    await settle();
  }
}

it('looks once a second while there are no rows', async () => {
  await pass(3_000, 500);
  expect(looks).toBe(3);
});

it('looks at once when it is told of rows, until none is left', async () => {
  finds = [500, 20];
  tell?.();
  await settle();
  expect(looks).toBe(3);
});

it('looks often for a while after the last notice, and no longer', async () => {
  finds = [1];
  tell?.();
  await settle();
  looks = 0;
  await pass(2 * OUTBOX_QUIET_MS, 10);
  expect(looks).toBe((2 * OUTBOX_QUIET_MS) / 10);
  looks = 0;
  await pass(900, 10);
  expect(looks).toBe(0);
});

it('looks again when it is told of rows during a look', async () => {
  tell?.();
  tell?.();
  await settle();
  expect(looks).toBe(2);
});

it('tries again after an error, at first soon and then once a second, and reports the error once', async () => {
  const away = new Error('away');
  finds = [away, away, away, 1];
  tell?.();
  await settle();
  await pass(100);
  expect(looks).toBe(2);
  await pass(2_000, 1_000);
  expect(finds).toEqual([]);
  expect(errors).toEqual([away]);

  finds = [away];
  tell?.();
  await settle();
  expect(errors).toHaveLength(2);
});

it('does nothing after its stop', async () => {
  await relay.stop();
  await relay.stop();
  expect(tell).toBeNull();
  await pass(5_000, 1_000);
  expect(looks).toBe(0);
  expect(clock.pending).toBe(0);
});
