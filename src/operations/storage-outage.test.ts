import { expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { PosthasteError } from '../domain/errors.ts';
import { createStorageOutage } from './storage-outage.ts';

const AWAY = new PosthasteError('storage_unavailable', 'connect ECONNREFUSED 127.0.0.1:5432');

function setUp() {
  const clock = new ManualClock();
  const lines: [object, string][] = [];
  const write = (context: object, message: string): void => void lines.push([context, message]);
  const database = { isAway: true };
  const check = async (): Promise<void> => {
    if (database.isAway) throw AWAY;
  };
  const log = { error: write, warn: write };
  const outage = createStorageOutage({ readiness: () => ({ check }), log, clock });
  /** Moves the clock over several looks, and waits for the answer to each. */
  const pass = async (): Promise<void> => {
    for (let count = 0; count < 5; count++) {
      clock.advance(2_000);
      await new Promise(setImmediate);
    }
  };
  return { clock, lines, database, outage, pass };
}

it('logs the beginning and the end of an outage once, however many calls fail', async () => {
  const { lines, database, outage, pass } = setUp();
  for (let count = 0; count < 3; count++) {
    expect(outage.explains(AWAY)).toBe(true);
    await pass();
  }
  const begun = [
    { reason: AWAY.message },
    'the database is not available; trying again until it is',
  ];
  expect(lines).toEqual([begun]);
  database.isAway = false;
  await pass();
  expect(lines).toEqual([begun, [{ seconds: 32 }, 'the database is available again']]);
  outage.explains(AWAY);
  expect(lines).toHaveLength(3);
});

it('does not log other errors', () => {
  const { lines, outage } = setUp();
  expect(outage.explains(new Error('a defect'))).toBe(false);
  expect(outage.explains(new PosthasteError('storage_rejected', 'a value'))).toBe(false);
  expect(lines).toEqual([]);
});

it('does not look any more after its stop', async () => {
  const { clock, lines, database, outage, pass } = setUp();
  outage.explains(AWAY);
  // It is stopped during a look.
  clock.advance(2_000);
  outage.stop();
  await new Promise(setImmediate);
  database.isAway = false;
  await pass();
  expect(lines).toHaveLength(1);
});
