import { expect, test } from 'vitest';
import { APPLICATION, makeEndpoint, makeLane } from '../../test/support/delivery-parts.ts';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { DEFAULT_POLICY } from '../domain/policy.ts';
import type { EndpointInContext } from '../storage/storage.ts';
import type { Lane } from './lane.ts';
import { Targets } from './targets.ts';

const ENDPOINT: EndpointInContext = { endpoint: makeEndpoint('ep_1'), application: APPLICATION };

function reading(answer: () => EndpointInContext | null | Promise<EndpointInContext | null>) {
  const clock = new ManualClock();
  const read: Lane[] = [];
  const errors: unknown[] = [];
  const targets = new Targets({
    endpointCache: { endpoint: answer },
    clock,
    defaults: { policy: DEFAULT_POLICY, endpointConcurrency: 8, userAgent: 'test' },
    onRead: (lane) => read.push(lane),
    onError: (error) => errors.push(error),
  });
  return { targets, clock, read, errors };
}

test('the target is kept until the endpoint changes', () => {
  let found = ENDPOINT;
  const { targets } = reading(() => found);
  const lane = makeLane();
  const target = targets.of(lane);
  expect(target?.endpoint).toBe(ENDPOINT.endpoint);
  expect(targets.of(lane)).toBe(target);
  found = { ...ENDPOINT, endpoint: makeEndpoint('ep_1', { rateLimit: 5 }) };
  expect(targets.of(lane)?.endpoint.rateLimit).toBe(5);
});

test.each([
  ['is unknown', null],
  ['is paused', { ...ENDPOINT, endpoint: makeEndpoint('ep_1', { pausedAt: 1 }) }],
])('an endpoint that %s has no target, and its health is forgotten', (_, found) => {
  const { targets } = reading(() => found);
  const lane = makeLane();
  lane.health = ENDPOINT.endpoint.health;
  expect(targets.of(lane)).toBeNull();
  expect([lane.reading, lane.health]).toEqual([false, null]);
});

test('the endpoint of a lane is read once at a time, and its lane is told of the answer', async () => {
  let asked = 0;
  const { targets, read } = reading(() => {
    asked++;
    return Promise.resolve(ENDPOINT);
  });
  const lane = makeLane();
  expect([targets.of(lane), targets.of(lane)]).toEqual([null, null]);
  expect([lane.reading, asked]).toEqual([true, 1]);
  await Promise.resolve();
  expect([lane.reading, read]).toEqual([false, [lane]]);
});

test('after an error the endpoint is read again a second later', async () => {
  const { targets, clock, read, errors } = reading(() => Promise.reject(new Error('away')));
  const lane = makeLane();
  expect(targets.of(lane)).toBeNull();
  await Promise.resolve();
  expect([errors.length, lane.reading, read.length]).toEqual([1, true, 0]);
  clock.advance(1_000);
  expect([lane.reading, read.length]).toEqual([false, 1]);
});
