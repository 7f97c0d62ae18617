import { expect, test } from 'vitest';
import type { EndpointOut } from '../api/types.ts';
import { draftOf, inputOf } from './endpoint-draft.ts';

const ENDPOINT = {
  url: 'https://example.com',
  description: 'billing',
  uid: 'billing',
  eventTypes: ['invoice.*'],
  channels: null,
  filter: { path: '/total', atLeast: 5 },
  throttleRate: 5,
  concurrency: null,
  ordered: true,
} as unknown as EndpointOut;

test.for([
  {},
  { retrySchedule: [] },
  { retrySchedule: [5, 0.5], timeoutMs: 100, success: '200' },
  { disableAfter: null },
  { disableAfter: { failingForSeconds: 7200 } },
  { disableAfter: { failedAttempts: 3 } },
] as const)('a form that is saved unchanged changes nothing: %j', (policy) => {
  const { description, uid, url, eventTypes, filter, throttleRate } = ENDPOINT;
  const endpoint = { ...ENDPOINT, policy } as unknown as EndpointOut;
  expect(inputOf(draftOf(endpoint))).toEqual({
    description,
    uid,
    url,
    eventTypes,
    filter,
    throttleRate,
    channels: null,
    concurrency: null,
    ordered: true,
    policy,
  });
});

test.for([
  { throttleRate: '5o' },
  { concurrency: 'two' },
  { timeoutMs: '1 s' },
  { retrySchedule: '5, soon' },
  { retrySchedule: '5, 300,' },
  { disableAfter: 'attempts', disableAfterNumber: '' },
  { disableAfter: 'hours', disableAfterNumber: 'x' },
] as const)('what is no number is refused, instead of being no limit: %j', (typed) => {
  const draft = { ...draftOf({ ...ENDPOINT, policy: {} }), ...typed };
  const field = Object.keys(typed).at(-1);
  expect(() => inputOf(draft)).toThrow(
    expect.objectContaining({
      status: 422,
      fieldErrors: [{ place: `body.${field}`, message: 'must be a number' }],
    }),
  );
});
