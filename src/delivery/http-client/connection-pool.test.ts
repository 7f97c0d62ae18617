import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { ConnectionPool } from './connection-pool.ts';
import { IdleConnections } from './idle-connections.ts';

function setUp() {
  const clock = new ManualClock();
  const idle = new IdleConnections(10, clock);
  let empties = 0;
  const pool = new ConnectionPool(
    'http://receiver.test',
    () => ({ phase: 'connection', failure: null, abandon: () => {} }),
    clock,
    idle,
    () => empties++,
  );
  const take = () => {
    const connection = pool.take();
    connection.onConnected(new Socket(), 0);
    return connection;
  };
  return { clock, pool, take, empties: () => empties };
}

test('an origin is forgotten when its last connection is closed after use', () => {
  const { pool, take, empties } = setUp();
  const [first, second] = [take(), take()];
  pool.give(first, 0);
  expect(empties()).toBe(0);
  pool.give(second, 0);
  expect(empties()).toBe(1);
});

test('an origin is forgotten when its last idle connection is closed', () => {
  const { clock, pool, take, empties } = setUp();
  pool.give(take(), 5_000);
  expect(empties()).toBe(0);
  clock.advance(10_000);
  expect(empties()).toBe(1);
  expect(clock.pending).toBe(0);
});

test('a connection that is replaced counts once', () => {
  const { pool, take, empties } = setUp();
  pool.give(pool.replace(take()), 0);
  expect(empties()).toBe(1);
});
