import { type LookupAddress } from 'node:dns';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { AddressRace } from './address-race.ts';
import type { OpenEvents } from './open-socket.ts';

/** Starts a race over addresses whose sockets the test controls. */
function startRace(count: number) {
  const clock = new ManualClock();
  const attempts: { events: OpenEvents; abandoned: boolean }[] = [];
  const results: unknown[] = [];
  const addresses: LookupAddress[] = Array.from({ length: count }, (_, i) => ({
    address: `192.0.2.${i + 1}`,
    family: 4,
  }));
  const target = {
    origin: 'http://receiver.test',
    host: 'receiver.test',
    port: 80,
    secure: false,
    onread: { buffer: Buffer.alloc(1), callback: () => true },
  };
  const race = new AddressRace(
    clock,
    (_address, _target, events) => {
      const attempt = { events, abandoned: false };
      attempts.push(attempt);
      return { phase: 'connection', abandon: () => (attempt.abandoned = true) };
    },
    target,
    addresses,
    {
      onNamed: () => {},
      onReached: () => {},
      onConnected: (socket) => results.push(socket),
      onFailed: (error) => results.push(error.message),
    },
  );
  const succeed = (index: number) => {
    const socket = new Socket();
    attempts[index]?.events.onReached();
    attempts[index]?.events.onReady(socket);
    return socket;
  };
  const fail = (index: number, message: string) =>
    attempts[index]?.events.onFailed(new Error(message));
  const failWith = (index: number, code: string) =>
    attempts[index]?.events.onFailed(Object.assign(new Error(code), { code }));
  return { clock, race, attempts, results, succeed, fail, failWith };
}

test('the next address is tried after a quarter of a second, while the first goes on', () => {
  const { clock, attempts, results, succeed } = startRace(2);
  clock.advance(249);
  expect(attempts).toHaveLength(1);
  clock.advance(1);
  expect(attempts).toHaveLength(2);
  clock.advance(10_000);
  const socket = succeed(0);
  expect(results).toEqual([socket]);
  expect(attempts.map(({ abandoned }) => abandoned)).toEqual([false, true]);
  expect(clock.pending).toBe(0);
});

test('the next address is tried at once when one fails', () => {
  const { clock, attempts, results, succeed, fail } = startRace(3);
  fail(0, 'refused');
  expect(attempts).toHaveLength(2);
  const socket = succeed(1);
  expect(results).toEqual([socket]);
  clock.advance(1_000);
  expect(attempts).toHaveLength(2);
});

test('when all fail, the first failure is the result', () => {
  const { clock, results, fail } = startRace(2);
  clock.advance(250);
  fail(1, 'unreachable');
  expect(results).toEqual([]);
  fail(0, 'refused');
  expect(results).toEqual(['unreachable']);
});

test.each([
  [['ENETUNREACH', 'ECONNREFUSED'], 'ECONNREFUSED'],
  [['EHOSTUNREACH', 'ETIMEDOUT', 'ECONNREFUSED'], 'ETIMEDOUT'],
  [['EADDRNOTAVAIL', 'ENETUNREACH'], 'EADDRNOTAVAIL'],
  [['ECONNREFUSED', 'EMFILE'], 'EMFILE'],
])('of the failures %j the reason is %s', (codes, reason) => {
  const { results, failWith } = startRace(codes.length);
  for (const [index, code] of codes.entries()) failWith(index, code);
  expect(results).toEqual([reason]);
});

test('the failure of a TLS handshake ends the race', () => {
  const { attempts, results, fail } = startRace(3);
  fail(0, 'refused');
  attempts[1]?.events.onReached();
  fail(1, 'the certificate has expired');
  expect(results).toEqual(['the certificate has expired']);
  expect(attempts).toHaveLength(2);
});

test('at most six addresses are tried', () => {
  const { clock, attempts } = startRace(50);
  clock.advance(60_000);
  expect(attempts).toHaveLength(6);
});

test('an abandoned race ends its attempts and its timer', () => {
  const { clock, race, attempts, results, succeed } = startRace(3);
  clock.advance(250);
  race.abandon();
  expect(attempts.map(({ abandoned }) => abandoned)).toEqual([true, true]);
  expect(clock.pending).toBe(0);
  succeed(0);
  expect(results).toEqual([]);
});
