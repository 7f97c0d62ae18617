import { expect, it } from 'vitest';
import type { OrganizationWithRetention, Removed, RetentionRequest } from '../storage/storage.ts';
import { ManualClock } from '../../test/support/manual-clock.ts';
import type { RetentionTimes } from '../domain/retention-times.ts';
import { createRetention } from './retention.ts';

const NEVER: RetentionTimes = { payloadsMs: null, attemptsMs: null, messagesMs: null };

const STEP_MS = 10;
const DAY_MS = 86_400_000;

function world(
  answers: (Removed | null | Error)[],
  times: RetentionTimes = NEVER,
  takesMs = 0,
  organizations: OrganizationWithRetention[] = [],
) {
  const clock = new ManualClock();
  const requests: (RetentionRequest & { atMs: number })[] = [];
  const errors: unknown[] = [];
  let spentMs = 0;
  const retention = createRetention({
    storage: {
      organizationSettings: { withRetention: () => Promise.resolve([...organizations]) },
      async removeExpired(request) {
        requests.push({ ...request, atMs: clock.monotonicMs() });
        spentMs += takesMs;
        const answer = answers.shift() ?? null;
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    times,
    clock: {
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs() + spentMs,
      after: (delayMs, run) => clock.after(delayMs, run),
    },
    onError: (error) => errors.push(error),
  });
  retention.start();
  /** Moves the clock, and lets promises settle between timers. */
  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      clock.advance(STEP_MS);
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    }
  }
  return { pass, clock, requests, errors, retention };
}

it('asks for rows that are older than each retention time', async () => {
  const { pass, requests, retention } = world([], { ...NEVER, payloadsMs: 10, messagesMs: 20 });
  await pass(1_000);
  await retention.stop();
  const now = requests[0]?.now ?? 0;
  expect(requests).toMatchObject([
    { payloadsBefore: now - 10, attemptsBefore: null, messagesBefore: now - 20 },
  ]);
});

it('asks for the times of organizations, in one group where they are the same', async () => {
  const of = (organizationId: string, payload: number | null, message: number | null) => ({
    organizationId,
    payloadRetentionPeriod: payload,
    attemptRetentionPeriod: null,
    messageRetentionPeriod: message,
  });
  const times = { payloadsMs: 2 * DAY_MS, attemptsMs: null, messagesMs: 3 * DAY_MS };
  const organizations = [of('a', 1, null), of('b', 2, 9), of('c', 1, 3)];
  const { pass, requests, retention } = world([null], times, 0, organizations);
  await pass(1_000);
  const now = requests[0]?.now ?? 0;
  const [day, two] = [now - DAY_MS, now - 2 * DAY_MS];
  expect(requests[0]).toMatchObject({
    payloadsBefore: two,
    messagesBefore: now - 3 * DAY_MS,
    groups: [
      { organizationIds: ['a', 'c'], payloadsBefore: day, messagesBefore: now - 3 * DAY_MS },
      { organizationIds: ['b'], payloadsBefore: two, messagesBefore: now - 9 * DAY_MS },
    ],
  });
  const names = () =>
    [requests.at(-1)?.name, ...(requests.at(-1)?.groups ?? []).map(({ name }) => name)] as const;
  const [others, first, second] = names();
  expect(new Set([others, first, second]).size).toBe(3);
  // Its messages fall under the common times now, whose walk has passed them already.
  organizations.pop();
  await pass(60_010);
  await retention.stop();
  const [othersNow, firstNow, secondNow] = names();
  expect(secondNow).toBe(second);
  expect([first, others]).not.toContain(firstNow);
  expect(othersNow).not.toBe(others);
});

it('rests for three quarters of the time while there are rows to remove', async () => {
  const more = { count: 1, done: false };
  const { pass, requests, retention } = world([more, more, { count: 1, done: true }], NEVER, 10);
  await pass(1_100);
  await retention.stop();
  const [first = 0, ...others] = requests.map(({ atMs }) => atMs);
  expect(others.map((atMs) => atMs - first)).toEqual([30, 60]);
});

it('looks again after a minute, also after an error or when another process is removing', async () => {
  const { pass, requests, errors, retention } = world([new Error('away'), null]);
  await pass(121_000);
  await retention.stop();
  await pass(60_000);
  expect(requests).toHaveLength(3);
  expect(errors).toHaveLength(1);
});

it('removes nothing when the wall clock is wrong for a moment', async () => {
  const { pass, requests, clock, retention } = world([], { ...NEVER, payloadsMs: 3_600_000 });
  await pass(1_000);
  clock.setBy(365 * 24 * 3_600_000);
  await pass(60_000);
  clock.setBy(-365 * 24 * 3_600_000);
  await pass(60_000);
  await retention.stop();
  expect(requests).toHaveLength(1);
});
