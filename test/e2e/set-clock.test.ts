import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import { createTokens } from '../../src/operations/operations.ts';
import { newFolder } from '../support/app.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { freePort } from '../support/free-ports.ts';
import { startServer } from '../support/server-process.ts';
import { type SettableClock, describeWithSettableClock } from '../support/set-clock.ts';
import { testBackendsEnv } from '../support/test-backends.ts';
import { waitFor } from '../support/wait-for.ts';

const JWT_SECRET = 'a secret of the clock test, 32 characters';
const HOUR_MS = 3_600_000;
const RETRY_MS = 3_000;
const TIMEOUT_MS = 4_000;
/** The promise is a second; the rest is for a busy machine. The clock is wrong by an hour. */
const LATE_MS = 5_000;

const CASES: readonly [how: string, aheadMs: number, backToMs: number | null][] = [
  ['back by an hour', -HOUR_MS, null],
  ['forward by an hour', HOUR_MS, null],
  ['back by an hour for a moment', -HOUR_MS, 0],
  ['forward by an hour for a moment', HOUR_MS, 0],
];

describeWithSettableClock('a server whose clock is set', (createClock) => {
  // All servers start before the first test, because a start would delay the other servers.
  const running = new Map<string, { clock: SettableClock; server: Started }>();
  const runningOf = (how: string) => {
    const found = running.get(how);
    if (found === undefined) throw new Error(`no server runs for ${how}`);
    return found;
  };
  beforeAll(async () => {
    for (const [how] of CASES) {
      const clock = createClock();
      running.set(how, { clock, server: await started(clock.env) });
    }
  });
  afterAll(async () => {
    for (const { clock, server } of running.values()) {
      await server.stop();
      clock.remove();
    }
  });

  // Concurrent, because each test waits for a retry and a time-out.
  test.concurrent.for(CASES)(
    '%s delays no retry, rate or ordered delivery, and expires no attempt early',
    { timeout: 60_000 },
    async ([how, aheadMs, backToMs], { onTestFinished }) => {
      const { clock, server } = runningOf(how);
      const { api } = server;
      const endpoint = async (name: string, more: Record<string, unknown> = {}) => {
        const receiver = await startReceiver();
        onTestFinished(() => receiver.close());
        const app = String((await api('POST', '/app', { name, uid: name }))['id']);
        await api('POST', `/app/${app}/endpoint`, { url: receiver.url, ...more });
        const publish = (payload: unknown) =>
          api('POST', `/app/${app}/msg`, { eventType: 'test.event', payload });
        return { app, receiver, publish };
      };

      const failing = await endpoint('failing');
      failing.receiver.answer = (_request, response) => void response.writeHead(500).end();
      const hanging = await endpoint('hanging');
      hanging.receiver.answer = () => {};
      const rated = await endpoint('rated', { throttleRate: 2 });
      const ordered = await endpoint('ordered', { ordered: true });

      await failing.publish(1);
      const hung = await hanging.publish(1);
      for (let count = 0; count < 6; count++) await rated.publish(count);
      await waitFor(() => failing.receiver.received.length === 1);
      await waitFor(() => hanging.receiver.received.length === 1);

      clock.set(aheadMs);
      for (let count = 0; count < 5; count++) await ordered.publish(count);
      const fresh = await endpoint('fresh');
      await fresh.publish(1);
      await waitFor(() => fresh.receiver.received.length === 1, 'a new delivery', LATE_MS);
      if (backToMs !== null) clock.set(backToMs);

      await waitFor(() => ordered.receiver.received.length === 5, 'the ordered ones', LATE_MS);
      await waitFor(() => rated.receiver.received.length === 6, 'the rated ones', LATE_MS);
      await waitFor(() => failing.receiver.received.length === 2, 'the retry', RETRY_MS + LATE_MS);
      const gap = gapOf(failing.receiver);
      expect(gap).toBeGreaterThanOrEqual(0.8 * RETRY_MS - 50);
      expect(gap).toBeLessThanOrEqual(1.2 * RETRY_MS + LATE_MS);

      // The attempt that was in flight when the clock was set had its whole time, and no more.
      const attempts = await waitFor(
        async () => {
          const path = `/app/${hanging.app}/attempt/msg/${String(hung['id'])}`;
          const { data } = await api('GET', path);
          return (data as Record<string, unknown>[]).length > 0 && data;
        },
        'the time-out',
        TIMEOUT_MS + LATE_MS,
      );
      const [first] = (attempts as { responseDurationMs: number }[]).toReversed();
      expect(first?.responseDurationMs).toBeGreaterThanOrEqual(TIMEOUT_MS - 50);
      expect(first?.responseDurationMs).toBeLessThanOrEqual(TIMEOUT_MS + LATE_MS);
    },
  );
});

function gapOf({ received }: Receiver): number {
  return (received[1]?.at ?? 0) - (received[0]?.at ?? 0);
}

type Started = Awaited<ReturnType<typeof started>>;

async function started(env: Record<string, string>) {
  const folder = newFolder();
  const settings = {
    ...(await testBackendsEnv(folder)),
    POSTHASTE_JWT_SECRET: JWT_SECRET,
    POSTHASTE_ALLOW_NETWORKS: '127.0.0.0/8',
    POSTHASTE_RETRY_SCHEDULE: String(RETRY_MS / 1_000),
    POSTHASTE_TIMEOUT_MS: String(TIMEOUT_MS),
    POSTHASTE_LOG_LEVEL: 'error',
  };
  // Several tests use the server, so `stop` kills it and not the end of a test.
  const server = await startServer({ ...settings, ...env }, await freePort(), () => {});
  const token = await createTokens({ secret: JWT_SECRET, clock: systemClock }).issue({
    organizationId: 'org_clock',
  });
  const api = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  };
  const stop = async () => {
    await server.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  return { api, stop };
}
