import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { createInbox, generateSecret } from 'posthaste/receiver';
import { closeInTime } from '@posthaste/app-kit/program';
import { type AgentsContext, createAgents, talkFor } from './agents.ts';
import { applyCallEvent, readCallEvent } from './call-event.ts';
import { createCallStore, WAITING } from './call-store.ts';
import type { Call, Extension } from './call-store.ts';
import { openDatabase } from './database.ts';
import { createDelegations } from './delegations.ts';
import { createLiveFeed } from './live-feed.ts';
import type { LiveFeedOptions } from './live-feed.ts';
import { createLocalQueues } from './local-queues.ts';
import { createRabbitMqQueues } from './rabbitmq-queues.ts';
import { createRegistration } from './registration.ts';
import { createSenderCheck } from './sender-check.ts';
import { createServer } from './server.ts';
import type { Settings } from './settings.ts';

export interface CallCenterOptions {
  readonly log: FastifyBaseLogger;
  /** How long a call takes at each extension. */
  readonly durationsMs?: Readonly<Record<Extension, number>>;
  /** Instead of `durationsMs`: resolves when a call is over. */
  readonly talk?: AgentsContext['talk'];
  readonly dashboardFolder?: string;
  readonly feed?: LiveFeedOptions;
  readonly registrationBackoffMs?: number;
  readonly registrationRenewMs?: number;
}

export interface CallCenter {
  readonly url: string;
  /** Takes no more events, lets the agents end their calls, closes everything. Safe to call twice. */
  stop(): Promise<void>;
}

const DURATIONS_MS = { 900: 3_000, 901: 2_000 };
const BUILT_DASHBOARD = join(import.meta.dirname, '../dist');

/** Starts everything; resolves once events can be received. Registration continues in the background. */
export async function startCallCenter(
  settings: Settings,
  options: CallCenterOptions,
): Promise<CallCenter> {
  const { log, talk = talkFor(options.durationsMs ?? DURATIONS_MS) } = options;
  const onError = (message: string, error: unknown) => log.error({ err: error }, message);
  const database = openDatabase(settings['sqlite-file']);
  const calls = createCallStore(database);
  const secret = settings['webhook-secret'] ?? keptSecret(database);

  const feed = createLiveFeed(calls, options.feed);
  const agents = createAgents({
    calls,
    talk,
    onChange: (call) => feed.changed(call),
    onError,
  });
  const queuesContext = { calls, prefetch: settings['rabbitmq-prefetch'], onError, log };
  const uri = settings['rabbitmq-uri'];
  const names = { 900: settings['rabbitmq-900-queue'], 901: settings['rabbitmq-901-queue'] };
  const queues =
    uri === null
      ? createLocalQueues(queuesContext)
      : createRabbitMqQueues(uri, names, queuesContext);
  const providerUrl = settings['webhook-server-url'];
  const delegations = createDelegations({ calls, providerUrl, log });
  const registration = createRegistration({
    url: providerUrl,
    name: settings['client-name'],
    callbackURL: () => settings['callback-url'] ?? `${urlOf(server)}/calls`,
    secret,
    log,
    firstBackoffMs: options.registrationBackoffMs ?? 1_000,
    ...(options.registrationRenewMs !== undefined && { renewMs: options.registrationRenewMs }),
  });

  const inbox = createInbox({
    database,
    handler(entry) {
      const event = readCallEvent(entry.payload);
      if (!('type' in event)) return undefined;
      const call = applyCallEvent(event, entry.receivedAt, calls, Date.now());
      return call === null ? undefined : () => announce(call);
    },
    onError: (error) => onError('an event could not be handled, trying again', error),
    onGiveUp: ({ id, error }) => log.error({ eventId: id }, `gave up on an event: ${error}`),
  });

  function announce(call: Call): void {
    feed.changed(call);
    if (call.status !== WAITING) return;
    queues.push(call);
    delegations.wake();
  }

  agents.finishInterrupted();
  const server = await createServer({
    calls,
    inbox,
    feed,
    checkSender: createSenderCheck(secret, settings['accept-unsigned-from']),
    onSignatureFailure: () => registration.signatureFailed(),
    isRegistrationFailing: () => registration.isFailing(),
    dashboardFolder: options.dashboardFolder ?? BUILT_DASHBOARD,
    log,
  });
  async function stop(): Promise<void> {
    feed.stop();
    await Promise.all([registration.stop(), delegations.stop(), closeInTime(server)]);
    await inbox.stop();
    await queues.stop();
    database.close();
  }

  try {
    await queues.start((callId) => agents.serve(callId));
    await inbox.start();
    delegations.wake();
    await server.listen({ host: settings['server-host'], port: settings['server-port'] });
    registration.start();
  } catch (error) {
    await stop();
    throw error;
  }
  let stopping: Promise<void> | undefined;
  return { url: urlOf(server), stop: () => (stopping ??= stop()) };
}

function urlOf({ server }: FastifyInstance): string {
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

/** Made once and kept, because a provider that knows our name keeps the secret it was given first. */
function keptSecret(database: DatabaseSync): string {
  database
    .prepare(`insert into kept_values values ('webhook-secret', ?) on conflict do nothing`)
    .run(generateSecret());
  const row = database.prepare(`select value from kept_values where name = 'webhook-secret'`).get();
  return (row as { value: string }).value;
}
