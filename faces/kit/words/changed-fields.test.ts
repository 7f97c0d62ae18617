import { expect, test } from 'vitest';
import { changedFields } from './changed-fields.ts';

test('only what differs is saved', () => {
  const before = {
    url: 'a',
    uid: null as string | null,
    eventTypes: ['b'],
    policy: { timeoutMs: 5 },
  };
  expect(changedFields(before, structuredClone(before))).toEqual({});
  expect(changedFields(before, { ...before, uid: 'u', eventTypes: [] })).toEqual({
    uid: 'u',
    eventTypes: [],
  });
  expect(changedFields({ ...before, uid: 'u' }, before)).toEqual({ uid: null });
});
