import type { ApiClient } from '../api/api-client.ts';
import { readData } from '../api/build-request.ts';
import { call } from '../api/call.ts';
import { pathOf } from '../api/path-of.ts';
import { parseExact } from '../api/exact-json.ts';
import type { Io } from '../io.ts';
import { UserError } from '../user-error.ts';

export interface SendRequest extends MessageOptions {
  readonly app: string;
  readonly eventType: string;
  /** JSON, `@FILE`, or `-` for standard input. */
  readonly payload: string;
}

export interface MessageOptions {
  readonly eventId?: string | undefined;
  readonly channels?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly deliverAt?: string | undefined;
  readonly json?: true | undefined;
}

/** Publishes one message, and prints its id. */
export async function send(client: ApiClient, io: Io, request: SendRequest): Promise<void> {
  const text = await readData(request.payload, io);
  let payload: unknown;
  try {
    payload = parseExact(text);
  } catch (error) {
    throw new UserError(
      `the payload is not JSON: ${(error as Error).message}\n  Write a JSON text as '"text"'; send any other text with posthaste msg create --raw-payload`,
    );
  }
  await publish(client, io, { ...request, payload });
}

export async function publish(
  client: ApiClient,
  io: Io,
  request: Omit<SendRequest, 'payload'> & { readonly payload: unknown },
): Promise<void> {
  const { app, json, ...message } = request;
  const published = await call<{ id: string }>(
    client,
    'POST',
    `${pathOf`/app/${app}/msg`}?with_content=false`,
    message,
  );
  io.out(json ? `${JSON.stringify(published)}\n` : `${published.id}\n`);
}
