import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Clock } from './clock.ts';
import { createIds, derivedId, firstId, idTime, isId, type IdPrefix } from './ids.ts';

const PREFIXES = ['app', 'ep', 'msg', 'atmpt'] as const;
const prefixes = fc.constantFrom<IdPrefix>(...PREFIXES);
const EPOCH_MS = 1_400_000_000_000;
const instants = fc.integer({ min: EPOCH_MS, max: EPOCH_MS + (2 ** 32 - 1) * 1000 });

function clockAt(start: number): Pick<Clock, 'now'> & { at: number } {
  return {
    at: start,
    now() {
      return this.at;
    },
  };
}

function filledWith(bytes: Uint8Array): (target: Uint8Array) => void {
  return (target) => target.set(bytes);
}

test('derives for an owner always the same other id of the same second', () => {
  const id = createIds({ now: () => 1_900_000_000_999 }).next('app');
  const derived = derivedId('app', id, 'org_a');
  expect(isId('app', derived)).toBe(true);
  expect(idTime(derived)).toBe(1_900_000_000_000);
  expect(derivedId('app', id, 'org_a')).toBe(derived);
  const ids = [id, derived, derivedId('app', id, 'org_b'), derivedId('app', derived, 'org_a')];
  expect(new Set(ids).size).toBe(4);
});

describe('createIds', () => {
  test('makes ids of a fixed form, for every prefix', () => {
    const ids = createIds(clockAt(Date.now()));
    for (const prefix of PREFIXES) {
      expect(ids.next(prefix)).toMatch(new RegExp(`^${prefix}_[0-9A-Za-z]{27}$`));
    }
  });

  test('prints 20 bytes as base62: seconds, then the random payload', () => {
    const payload = Buffer.from('35a1cd434b5a1fb5de6a8a9d3c0ffb94', 'hex');
    const ids = createIds(clockAt((1_400_000_000 + 107_608_047) * 1000), filledWith(payload));
    const number = (107_608_047n << 128n) | BigInt(`0x${payload.toString('hex')}`);
    expect(ids.next('msg')).toBe(`msg_${base62(number)}`);
  });

  test('text order is the order of creation, whatever the clock does', () => {
    fc.assert(
      fc.property(
        instants,
        fc.array(fc.integer({ min: -5_000, max: 5_000 }), {
          minLength: 1,
          maxLength: 200,
          size: 'max',
        }),
        (start, steps) => {
          const clock = clockAt(start);
          const ids = createIds(clock);
          const made = steps.map((step) => {
            clock.at += step;
            return ids.next('msg');
          });
          expect([...made].sort()).toEqual(made);
          expect(new Set(made).size).toBe(made.length);
        },
      ),
    );
  });

  test('later ids of a second increase by one, through every carry', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.integer({ min: 0, max: 62 }),
        fc.bigInt({ min: 4n, max: 9n }),
        instants,
        (random, back, zeros, start) => {
          const seconds = BigInt(Math.floor(start / 1000) - 1_400_000_000);
          // A payload shortly before so many of the last digits overflow.
          const cycle = 62n ** zeros;
          const near = BigInt(`0x00${Buffer.from(random).toString('hex').slice(2)}`);
          const first = (((seconds << 128n) | near) / cycle + 1n) * cycle - BigInt(back) - 1n;
          const bytes = Buffer.from(
            (first & (2n ** 128n - 1n)).toString(16).padStart(32, '0'),
            'hex',
          );
          const ids = createIds(clockAt(start), filledWith(bytes));
          for (let n = 0n; n < 70n; n++) expect(ids.next('ep')).toBe(`ep_${base62(first + n)}`);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('the largest random payload can still be counted up within its second', () => {
    const start = EPOCH_MS + 5_000;
    const ids = createIds(clockAt(start), (bytes) => bytes.fill(0xff));
    for (let n = 0; n < 100; n++) expect(idTime(ids.next('msg'))).toBe(start);
  });

  test('the first id of a second sorts before its ids and after all earlier ones', () => {
    fc.assert(
      fc.property(instants, (at) => {
        fc.pre(at >= EPOCH_MS + 1_000);
        const [first, idOf] = [
          firstId('msg', at),
          (ms: number) => createIds(clockAt(ms)).next('msg'),
        ];
        expect(idOf(at - 1_000) < first).toBe(true);
        expect(idOf(at) > first).toBe(true);
        expect(isId('msg', first)).toBe(true);
      }),
    );
  });

  test('ids are unique across prefixes and processes', () => {
    const clock = clockAt(Date.now());
    const generators = [createIds(clock), createIds(clock)];
    const bodies = generators.flatMap((ids) =>
      PREFIXES.flatMap((prefix) =>
        Array.from({ length: 2_000 }, () => ids.next(prefix).slice(prefix.length)),
      ),
    );
    expect(new Set(bodies).size).toBe(bodies.length);
  });

  test('a clock before the epoch of KSUIDs still gives ordered ids', () => {
    const clock = clockAt(0);
    const ids = createIds(clock);
    const first = ids.next('app');
    clock.at = EPOCH_MS + 1_000;
    expect(isId('app', first)).toBe(true);
    expect(ids.next('app') > first).toBe(true);
  });
});

describe('idTime', () => {
  test('reads the example of the KSUID specification', () => {
    expect(idTime('msg_0ujtsYcgvSTl8PAuAdqWYSMnLOv')).toBe(Date.parse('2017-10-10T04:00:47Z'));
  });

  test('is the second in which the id was made', () => {
    fc.assert(
      fc.property(instants, prefixes, (at, prefix) => {
        const id = createIds(clockAt(at)).next(prefix);
        expect(idTime(id)).toBe(Math.floor(at / 1000) * 1000);
      }),
    );
  });
});

describe('isId', () => {
  test('accepts its own prefix and refuses everything else', () => {
    const id = createIds(clockAt(Date.now())).next('msg');
    expect(isId('msg', id)).toBe(true);
    expect(isId('ep', id)).toBe(false);
    expect(isId('msg', id.slice(0, -1))).toBe(false);
    expect(isId('msg', `${id}0`)).toBe(false);
    expect(isId('msg', `${id}\n`)).toBe(false);
    expect(isId('msg', `${id.slice(0, -1)}-`)).toBe(false);
    expect(isId('msg', 'msg_aWgEPTl1tmebfsQzFP4bxwgy80V')).toBe(true);
    expect(isId('msg', 'msg_aWgEPTl1tmebfsQzFP4bxwgy80W')).toBe(false);
  });
});

function base62(value: bigint): string {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  let text = '';
  for (let rest = value, i = 0; i < 27; i++, rest /= 62n)
    text = alphabet[Number(rest % 62n)] + text;
  return text;
}
