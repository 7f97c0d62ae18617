import { setTimeout as pause } from 'node:timers/promises';
import { createOutage } from '@posthaste/app-kit/outage';
import { Posthaste } from 'posthaste';
import type { Logger } from 'pino';
import { makeAdminToken } from './admin-token.ts';
import { createBackend } from './backend.ts';
import { createBroker } from './create-broker.ts';
import type { Settings } from './settings.ts';
import { createWebhooksClient } from './webhooks-client.ts';
import { ipWebhooksService } from './webhooks-service.ts';

export interface IpNotifier {
  /** Null on a node without the role `backend`. */
  readonly backend: { readonly url: string; readonly adminToken: string } | null;
  /** Answers the requests that have arrived, releases unfinished deliveries, and closes everything. */
  stop(): Promise<void>;
}

export interface IpNotifierOptions {
  readonly log: Logger;
  /** Deadline of one request to a webhook. */
  readonly timeoutMs?: number;
}

/** Starts the parts of this node: with both roles all in one process, else one of several nodes. */
export async function startIpNotifier(
  settings: Settings,
  { log, timeoutMs = 5_000 }: IpNotifierOptions,
): Promise<IpNotifier> {
  const { roles, port, transporter } = settings;
  const broker = createBroker(settings, log);
  const posthaste = roles.includes('webhooks') ? createPosthaste(settings, log) : null;
  if (posthaste !== null) {
    posthaste.on('exhausted', ({ attempt }) =>
      log.warn(
        { url: attempt?.url, attempts: attempt?.number, detail: attempt?.detail },
        'a delivery to a webhook was given up',
      ),
    );
    const policy = { retrySchedule: settings['retry-schedule'], timeoutMs };
    broker.createService(ipWebhooksService({ posthaste, policy }));
  }
  const adminToken = settings['admin-token'] ?? makeAdminToken();
  const outage = createOutage(
    log,
    'the webhooks service cannot be reached',
    'the webhooks service is back',
  );
  const webhooks = createWebhooksClient(broker, outage);
  const trustProxy = settings['trust-proxy'];
  const backend = roles.includes('backend')
    ? createBackend({ webhooks, adminToken, trustProxy, port, log })
    : null;

  async function stop(): Promise<void> {
    // The backend first: the requests that it still answers need the webhooks service.
    await backend?.stop();
    // With a transporter that hangs it never ends, and might not come to stop its services.
    const late = new AbortController();
    const { signal } = late;
    await Promise.race([broker.stop(), pause(BROKER_STOP_MS, undefined, { signal })]).finally(() =>
      late.abort(),
    );
    await posthaste?.stop();
  }

  if (transporter !== null) log.info(`connecting to ${withoutPassword(transporter)}`);
  try {
    await broker.start();
    // The broker first: in one process the webhooks service is ready before the first visitor.
    const listensOn = await backend?.start();
    return {
      backend:
        listensOn === undefined ? null : { url: `http://localhost:${listensOn}`, adminToken },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const BROKER_STOP_MS = 8_000;

function withoutPassword(transporter: string): string {
  return transporter.replace(/\/\/[^/?#]*@/, '//…@');
}

function createPosthaste(settings: Settings, log: Logger): Posthaste {
  return new Posthaste({
    databaseUrl: settings['database-url'],
    concurrency: settings.concurrency,
    allowNetworks: settings['allow-networks'],
    log,
  });
}
