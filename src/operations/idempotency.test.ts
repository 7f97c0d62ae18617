import { beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import type { KnownRequest, RequestKeyRepository } from '../storage/storage.ts';
import { type Idempotency, createIdempotency } from './idempotency.ts';

const principal = { organizationId: 'org_1' };
let clock: ManualClock;
let rows: Map<string, KnownRequest>;
let idempotency: Idempotency;

beforeEach(() => {
  clock = new ManualClock();
  rows = new Map();
  const requestKeys: RequestKeyRepository = {
    async begin({ key, fingerprint }) {
      const known = rows.get(key);
      if (known === undefined) rows.set(key, { fingerprint, answer: null });
      return known ?? null;
    },
    async finish({ key }, answer) {
      const known = rows.get(key);
      if (known) rows.set(key, { ...known, answer });
    },
    async forget({ key }) {
      rows.delete(key);
    },
    get: async ({ key }) => rows.get(key) ?? null,
  };
  idempotency = createIdempotency({ storage: { requestKeys }, clock });
});

const begin = (fingerprint = 'print') => idempotency.begin(principal, 'key', fingerprint);

/** Lets whoever waits look again, for so long. */
async function pass(ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += 50) {
    clock.advance(50);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a request with a key', () => {
  test('gets the answer of the same request before', async () => {
    const begun = await begin();
    if (begun.answer !== null) throw new Error('the key is new');
    await begun.finish('answer');
    expect(await begin()).toEqual({ answer: 'answer' });
  });

  test('is refused when the key belongs to another request, finished or not', async () => {
    const begun = await begin();
    await expect(begin('other')).rejects.toMatchObject({
      fieldErrors: [{ loc: ['header', 'idempotency-key'] }],
    });
    if (begun.answer === null) await begun.finish('answer');
    await expect(begin('other')).rejects.toMatchObject({ code: 'validation' });
  });

  test('waits for the first one', async () => {
    const first = await begin();
    const second = begin();
    await pass(1_000);
    if (first.answer === null) await first.finish('answer');
    await pass(100);
    expect(await second).toEqual({ answer: 'answer' });
  });

  test('is done when the first one had no effect', async () => {
    const first = await begin();
    const second = begin();
    await pass(100);
    if (first.answer === null) await first.forget();
    await pass(100);
    expect((await second).answer).toBeNull();
  });

  test('is refused, and not done, when nobody knows what became of the first one', async () => {
    await begin();
    const second = begin().catch((error: unknown) => error);
    await pass(6_000);
    expect(await second).toMatchObject({ code: 'conflict' });
  });
});
