import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type App, createApp } from '../../src/app/app.ts';
import { configFrom } from '../../src/config/config.ts';
import type { Settings } from '../../src/config/settings.ts';
import type { DeliveryEvent } from '../../src/domain/delivery-event.ts';
import type { Principal } from '../../src/operations/operations.ts';
import type { EndpointIn, MessageAttemptOut } from '../../src/operations/operations.ts';
import { testBackends } from './test-backends.ts';
import { waitFor } from './wait-for.ts';

export const OWNER: Principal = { organizationId: 'org_test' };

export interface TestApp extends App {
  readonly folder: string;
  readonly events: DeliveryEvent[];
  /** Stops the installation and starts another on the same database. */
  restarted(settings?: Settings): Promise<TestApp>;
  close(): Promise<void>;
}

/** A whole installation without HTTP, with its own database, which may deliver to the loopback. */
export async function startApp(settings: Settings = {}, folder = newFolder()): Promise<TestApp> {
  const events: DeliveryEvent[] = [];
  const config = configFrom({
    ...(await testBackends(folder)),
    allowNetworks: '127.0.0.0/8,::1',
    roles: 'worker',
    ...settings,
  });
  const app = createApp(config, {
    log: pino({ level: process.env['TEST_LOG'] ?? 'silent' }),
    onDelivery: (event) => events.push(event),
  });
  await app.start();
  return {
    ...app,
    folder,
    events,
    async restarted(changed = settings) {
      await app.stop();
      return startApp(changed, folder);
    },
    async close() {
      await app.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'posthaste-'));
}

/** Creates an application with one endpoint and returns their ids. */
export async function register(
  { operations }: App,
  endpoint: EndpointIn,
  uid = 'customer',
): Promise<{ app: string; endpoint: string }> {
  const { value } = await operations.applications.create(
    OWNER,
    { name: uid, uid },
    { getIfExists: true },
  );
  const { id } = await operations.endpoints.create(OWNER, value.id, endpoint);
  return { app: value.id, endpoint: id };
}

export function publish(
  { operations }: App,
  app: string,
  payload: unknown,
  more: Record<string, unknown> = {},
): Promise<{ id: string }> {
  return operations.messages.create(OWNER, app, { eventType: 'test.event', payload, ...more });
}

/** Waits until the message has `count` attempts, and returns them, oldest first. */
export function attemptsOf(
  { operations }: App,
  app: string,
  message: string,
  count: number,
  withinMs?: number,
): Promise<MessageAttemptOut[]> {
  return waitFor(
    async () => {
      const { data } = await operations.attempts.listByMessage(OWNER, app, message);
      return data.length >= count && data.toReversed();
    },
    `${count} attempts`,
    withinMs,
  );
}

/** The status of a delivery in the words of the API. */
export async function statusOf(
  { operations }: App,
  app: string,
  message: string,
): Promise<{ status: string; nextAttempt: string | null } | undefined> {
  const { data } = await operations.attempts.listDestinations(OWNER, app, message);
  return data[0] && { status: data[0].statusText, nextAttempt: data[0].nextAttempt };
}
