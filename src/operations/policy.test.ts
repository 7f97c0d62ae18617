import { expect, it } from 'vitest';
import { policyOverrides, toPolicyOut } from './policy.ts';

it.each([
  [{}, {}],
  [{ retrySchedule: [] }, { retryScheduleMs: [] }],
  [{ retrySchedule: [0.5, 5, 300] }, { retryScheduleMs: [500, 5_000, 300_000] }],
  [
    { timeoutMs: 1_000, success: '200' },
    { timeoutMs: 1_000, success: '200' },
  ],
  [{ disableAfter: null }, { disable: { kind: 'never' } }],
  [{ disableAfter: { failedAttempts: 3 } }, { disable: { kind: 'count', failedAttempts: 3 } }],
  [
    { disableAfter: { failingForSeconds: 60 } },
    { disable: { kind: 'window', failingForMs: 60_000 } },
  ],
])('%j is stored and shown again', (input, stored) => {
  const overrides = policyOverrides.parse(input);
  expect(overrides).toEqual(stored);
  expect(toPolicyOut(overrides ?? {})).toEqual(input);
});

it.each([
  { retrySchedule: [-1] },
  { retrySchedule: ['5'] },
  { timeoutMs: 1 },
  { success: '3xx' },
  { disableAfter: {} },
  { disableAfter: { failedAttempts: 0 } },
  { disableAfter: { failedAttempts: 3, failingForSeconds: 60 } },
])('refuses %j', (input) => {
  expect(policyOverrides.safeParse(input).success).toBe(false);
});
