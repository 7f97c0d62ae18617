import { expect, test } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { Connection } from './connection.ts';
import type { Dial } from './dial.ts';
import { IdleConnections } from './idle-connections.ts';
import { Socket } from 'node:net';

function setUp({ limit, origin = 'http://receiver.test' }: { limit: number; origin?: string }) {
  const clock = new ManualClock();
  const idle = new IdleConnections(limit, clock);
  const forgotten: Connection[] = [];
  const dial: Dial = () => ({ phase: 'connection', failure: null, abandon: () => {} });
  const add = (keepMs: number) => {
    const forget = (gone: Connection) => void forgotten.push(gone);
    const connection = new Connection(origin, dial, 0, forget);
    connection.onConnected(new Socket(), 0);
    connection.keep(clock.monotonicMs() + keepMs);
    idle.add(connection);
    return connection;
  };
  return { clock, idle, add, forgotten };
}

test('beyond the limit, the connection that was idle longest is closed', () => {
  const { clock, idle, add, forgotten } = setUp({ limit: 2 });
  const [first, second, third] = [add(1_000), add(1_000), add(1_000)];
  expect(forgotten).toEqual([first]);
  expect(first.isUsable(clock.monotonicMs())).toBe(false);
  idle.delete(second);
  add(1_000);
  expect(forgotten).toEqual([first]);
  expect(third.isUsable(clock.monotonicMs())).toBe(true);
});

test('connections that were idle too long are closed, and without connections there is no timer', () => {
  const { clock, add, forgotten } = setUp({ limit: 9 });
  const [long, short] = [add(15_000), add(5_000)];
  clock.advance(10_000);
  expect(forgotten).toEqual([short]);
  clock.advance(10_000);
  expect(forgotten).toEqual([short, long]);
  expect(clock.pending).toBe(0);
});

test('a connection with TLS counts as four', () => {
  const { add, forgotten } = setUp({ limit: 8, origin: 'https://receiver.test' });
  const [first] = [add(1_000), add(1_000)];
  expect(forgotten).toEqual([]);
  add(1_000);
  expect(forgotten).toEqual([first]);
});

test('all are closed when their sockets are needed, and later ones are kept', () => {
  const { clock, idle, add, forgotten } = setUp({ limit: 4 });
  const early = [add(1_000), add(1_000), add(1_000)];
  idle.closeAll();
  expect(forgotten).toEqual(early);
  const late = [add(1_000), add(1_000), add(1_000), add(1_000)];
  expect(forgotten).toEqual(early);
  expect(late.every((connection) => connection.isUsable(clock.monotonicMs()))).toBe(true);
});
