import { expect, test } from 'vitest';
import { makeHandoff } from '../../test/support/handoffs.ts';
import type { Handoff } from '../domain/delivery.ts';
import { Withdrawn } from './withdrawn.ts';

const CLAIM_MS = 60_000;

function claimedAt(at: number, messageId = 'msg_1'): Handoff {
  return { ...makeHandoff(messageId), claim: { owner: 1, until: at + CLAIM_MS } };
}

test('has deliveries that were claimed before their withdrawal, not those claimed afterwards', () => {
  const withdrawn = new Withdrawn(CLAIM_MS);
  expect(withdrawn.has(claimedAt(5))).toBe(false);
  withdrawn.add(['msg_1', 'msg_2'], 5);
  expect(withdrawn.has(claimedAt(5))).toBe(true);
  expect(withdrawn.has(claimedAt(6))).toBe(false);
  expect(withdrawn.has(claimedAt(5, 'msg_3'))).toBe(false);
});

test('has all earlier claims when anything may have been withdrawn, or more than it remembers', () => {
  const withdrawn = new Withdrawn(CLAIM_MS);
  withdrawn.addAll(5);
  expect([withdrawn.has(claimedAt(5)), withdrawn.has(claimedAt(6))]).toEqual([true, false]);
  const many = Array.from({ length: 6_000 }, (_, index) => `msg_m${index}`);
  withdrawn.add(many, 7);
  expect([withdrawn.has(claimedAt(7)), withdrawn.has(claimedAt(7, 'msg_m1'))]).toEqual([
    false,
    true,
  ]);
  withdrawn.add(many, 8);
  expect([withdrawn.has(claimedAt(8)), withdrawn.has(claimedAt(9, 'msg_m1'))]).toEqual([
    true,
    false,
  ]);
});
