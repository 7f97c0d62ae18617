import { devInbox } from '../../config/connection.ts';
import { reasonOf } from '../../domain/reason-of.ts';
import type { ApiClient } from '../api/api-client.ts';
import { call } from '../api/call.ts';
import { pathOf } from '../api/path-of.ts';
import type { Io } from '../io.ts';
import { UserError } from '../user-error.ts';

export interface SeedRequest {
  readonly app: string;
  /** URL of the endpoint; default: the inbox of `dev` in this folder. */
  readonly url?: string | undefined;
  readonly messages: number;
  readonly json?: true | undefined;
}

/** Creates an application, event types and an endpoint for trying things out, if they are missing, and publishes. */
export async function seed(client: ApiClient, io: Io, request: SeedRequest): Promise<void> {
  const { app, messages } = request;
  const target = await targetOf(io, request.url);
  await call(client, 'PUT', pathOf`/app/${app}`, { name: 'Acme (seed)', uid: app });
  for (const { name, description, example } of EVENT_TYPES) {
    const schemas = { 1: { type: 'object', examples: [example] } };
    await call(client, 'PUT', pathOf`/event-type/${name}`, { description, schemas });
  }
  await madeEndpoint(client, app, target);
  for (let index = 0; index < messages; index++) {
    const { name, example } = EVENT_TYPES[index % EVENT_TYPES.length] ?? raise();
    const message = { eventType: name, payload: { ...example, number: index + 1 } };
    await call(client, 'POST', pathOf`/app/${app}/msg`, message);
  }
  if (request.json) {
    io.out(`${JSON.stringify({ app, endpoint: ENDPOINT, url: target.url, messages })}\n`);
    return;
  }
  io.out(`${app}: ${EVENT_TYPES.length} event types, an endpoint to ${target.url}, ${messages} messages

See them:
  $ posthaste msg list ${app}
  $ posthaste attempt list-by-endpoint ${app} ${ENDPOINT}
  $ posthaste trigger ${app} invoice.paid --override total=1
`);
  if (target.secret !== null) io.out(`The inbox: ${target.url}\n`);
}

const ENDPOINT = 'seed';

const EVENT_TYPES = [
  {
    name: 'invoice.paid',
    description: 'An invoice was paid',
    example: { invoice: 'in_1', total: 4200, currency: 'EUR', customer: { name: 'Ann' } },
  },
  {
    name: 'invoice.overdue',
    description: 'An invoice was not paid in time',
    example: { invoice: 'in_2', total: 900, currency: 'EUR', days: 14 },
  },
  {
    name: 'user.created',
    description: 'A user was created',
    example: { user: 'u_1', email: 'ann@example.com' },
  },
];

interface Target {
  readonly url: string;
  /** The secret of the inbox; null: the server generates a secret. */
  readonly secret: string | null;
}

async function targetOf({ cwd }: Io, url: string | undefined): Promise<Target> {
  if (url !== undefined) return { url, secret: null };
  const inbox = devInbox(cwd);
  if (inbox === null) {
    throw new UserError(
      'no URL for the endpoint: give --url, or run this in the folder where posthaste dev runs, to use its inbox',
    );
  }
  const { secret } = await receivedBy(inbox);
  return { url: inbox, secret };
}

async function receivedBy(inbox: string): Promise<{ readonly secret: string }> {
  try {
    const answer = await fetch(`${inbox}/received`, {
      signal: AbortSignal.timeout(INBOX_WITHIN_MS),
    });
    return (await answer.json()) as { secret: string };
  } catch (error) {
    throw new UserError(
      `the inbox ${inbox} does not answer: ${reasonOf(error)}. Is posthaste dev running here?`,
    );
  }
}

const INBOX_WITHIN_MS = 10_000;

/** Updates the endpoint each time, because the address and secret of the inbox change with each start of `dev`. */
async function madeEndpoint(
  client: ApiClient,
  app: string,
  { url, secret }: Target,
): Promise<void> {
  const path = pathOf`/app/${app}/endpoint/${ENDPOINT}`;
  await call(client, 'PUT', path, { url, description: 'Made by posthaste seed' });
  if (secret === null) return;
  const { key } = await call<{ key: string }>(client, 'GET', `${path}/secret`);
  if (key === secret) return;
  const rotation = { key: secret, gracePeriodSeconds: 0 };
  await call(client, 'POST', `${path}/secret/rotate`, rotation);
}

function raise(): never {
  throw new Error('EVENT_TYPES is empty');
}
