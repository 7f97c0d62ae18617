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
