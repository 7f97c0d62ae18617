import { describe, expect, it } from 'vitest';
import type { ApiKey, Revocation } from '../../src/domain/access.ts';
import { NOW, ORGANIZATION } from '../support/storage-world.ts';
import type { Suite } from './storage-suite.ts';

const DAY_MS = 86_400_000;

export function describeAccess(suite: Suite): void {
  const key = (given: Partial<ApiKey> = {}): ApiKey => ({
    id: 'key_1',
    organizationId: ORGANIZATION,
    applicationId: null,
    name: 'a key',
    hash: `hash of ${given.id ?? 'key_1'}`,
    hint: '1234',
    scopes: ['read', 'message:publish'],
    createdAt: NOW,
    expiresAt: null,
    lastUsedAt: null,
    ...given,
  });

  describe('an API key', () => {
    it('is found by its id and by its hash', async () => {
      const { apiKeys } = suite.world.storage;
      const limited = key({ id: 'key_2', applicationId: 'app_1', scopes: null, expiresAt: NOW });
      await apiKeys.create(key());
      await apiKeys.create(limited);
      expect(await apiKeys.get(ORGANIZATION, 'key_1')).toEqual(key());
      expect(await apiKeys.byHash('hash of key_2')).toEqual(limited);
      expect(await apiKeys.get('org_other', 'key_1')).toBeNull();
      expect(await apiKeys.byHash('hash of nothing')).toBeNull();
      const page = { limit: 1, order: 'descending' as const };
      const { data, done } = await apiKeys.list(ORGANIZATION, page);
      expect([data, done]).toEqual([[limited], false]);
      expect((await apiKeys.list(ORGANIZATION, { ...page, after: 'key_2' })).data).toEqual([key()]);
    });

    it('changes only the given members', async () => {
      const { apiKeys } = suite.world.storage;
      await apiKeys.create(key());
      expect(await apiKeys.update(ORGANIZATION, 'key_1', { name: 'other' })).toBe(true);
      expect(await apiKeys.update(ORGANIZATION, 'key_1', { scopes: null })).toBe(true);
      expect(await apiKeys.update(ORGANIZATION, 'key_1', {})).toBe(true);
      expect(await apiKeys.update('org_other', 'key_1', { name: 'x' })).toBe(false);
      expect(await apiKeys.get(ORGANIZATION, 'key_1')).toEqual(
        key({ name: 'other', scopes: null }),
      );
    });

    it('expires earlier, and never later', async () => {
      const { apiKeys } = suite.world.storage;
      await apiKeys.create(key());
      expect(await apiKeys.expire(ORGANIZATION, 'key_1', NOW + 2)).toBe(true);
      expect(await apiKeys.expire(ORGANIZATION, 'key_1', NOW + 3)).toBe(false);
      expect(await apiKeys.expire('org_other', 'key_1', NOW)).toBe(false);
      expect(await apiKeys.get(ORGANIZATION, 'key_1')).toMatchObject({ expiresAt: NOW + 2 });
      expect(await apiKeys.expire(ORGANIZATION, 'key_1', NOW + 1)).toBe(true);
    });

    it('remembers its last use', async () => {
      const { apiKeys } = suite.world.storage;
      await apiKeys.create(key());
      await apiKeys.used('key_1', NOW + 5);
      await apiKeys.used('key_1', NOW);
      expect(await apiKeys.get(ORGANIZATION, 'key_1')).toMatchObject({ lastUsedAt: NOW + 5 });
    });

    it('is forgotten, in small parts, when it expired long ago', async () => {
      const { apiKeys } = suite.world.storage;
      for (const id of ['key_1', 'key_2', 'key_3'])
        await apiKeys.create(key({ id, expiresAt: NOW }));
      await apiKeys.create(key({ id: 'key_4', createdAt: NOW + 91 * DAY_MS }));
      const { data } = await apiKeys.list(ORGANIZATION, { limit: 9, order: 'ascending' });
      expect(data.map(({ id }) => id)).toEqual(['key_3', 'key_4']);
    });
  });

  describe('a revocation', () => {
    const all = (given: Partial<Revocation> = {}): Revocation => ({
      organizationId: ORGANIZATION,
      applicationId: 'app_1',
      of: 'application',
      name: '',
      issuedUntil: NOW,
      refusedFrom: NOW,
      forgetAt: null,
      ...given,
    });
    const token = { applicationId: 'app_1', id: 'token 1', sessionId: 'session 1' };

    it('concerns only the tokens that it names', async () => {
      const { revocations } = suite.world.storage;
      const session = all({ of: 'session', name: 'session 1', forgetAt: NOW + DAY_MS });
      const one = all({ of: 'token', name: 'token 1' });
      const others = ['session 2', 'token 1'].map((name) => all({ of: 'session', name }));
      await revocations.add([all()], NOW);
      await revocations.add([session, ...others], NOW);
      await revocations.add([one, all({ applicationId: 'app_2' })], NOW);
      expect(new Set(await revocations.concerning(token))).toEqual(new Set([all(), session, one]));
      const without = { ...token, id: 'other', sessionId: null };
      expect(await revocations.concerning(without)).toEqual([all()]);
    });

    it('stays until a later revocation of the same tokens is in force', async () => {
      const { revocations } = suite.world.storage;
      const pending = all({ issuedUntil: NOW + 10, refusedFrom: NOW + 100 });
      await revocations.add([all(), all({ of: 'token', name: 'token 1' })], NOW);
      await revocations.add([all()], NOW);
      await revocations.add([pending], NOW + 10);
      expect(await revocations.concerning(token)).toHaveLength(3);
      await revocations.add([all({ issuedUntil: NOW + 20, refusedFrom: NOW + 200 })], NOW + 110);
      const left = await revocations.concerning({ ...token, id: 'other' });
      expect(left.map(({ issuedUntil }) => issuedUntil).toSorted((a, b) => a - b)).toEqual([
        NOW + 10,
        NOW + 20,
      ]);
    });

    it('is forgotten, in small parts, when its tokens have expired', async () => {
      const { revocations } = suite.world.storage;
      await revocations.add([all({ of: 'token', name: 'token 1', forgetAt: NOW + 5 })], NOW);
      await revocations.add([all({ applicationId: 'app_2' })], NOW + 5);
      expect(await revocations.concerning(token)).toEqual([]);
    });
  });
}
