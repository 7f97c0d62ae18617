import { setTimeout as sleep } from 'node:timers/promises';
import { printable, shortened } from '../api/answer-text.ts';
import type { ApiClient } from '../api/api-client.ts';
import { call } from '../api/call.ts';
import { pathOf } from '../api/path-of.ts';
import type { Io } from '../io.ts';
import { stopOf } from '../stop-of.ts';
import { untilBack } from '../until-back.ts';
import { UserError } from '../user-error.ts';

export interface TailRequest {
  readonly app: string;
  readonly endpoint?: string | undefined;
  readonly eventTypes?: readonly string[] | undefined;
  readonly channel?: string | undefined;
  readonly tag?: string | undefined;
  /** Only attempts that failed. */
  readonly failed?: true | undefined;
  readonly json?: true | undefined;
}

/** Shows messages and attempts as they happen, until it is stopped. */
export async function tail(client: ApiClient, io: Io, request: TailRequest): Promise<void> {
  const { app, endpoint, failed } = request;
  const stopped = stopOf(io);
  const filter = filterOf(request);
  const askOnce: Ask = (path) => call(client, 'GET', path, undefined, { signal: stopped });
  const ask: Ask = (path) => untilBack(io, stopped, () => askOnce(path));
  const messages = createFeed<Message>(ask, pathOf`/app/${app}/msg`, {
    ...filter,
    with_content: 'true',
  });
  const attempts = new Map<string, Feed<Attempt>>();
  const begun = new Date().toISOString();
  try {
    // Fail at once if the server does not answer now; after this, wait for a server that becomes unavailable.
    await endpointsOf(askOnce, app, endpoint);
    for (;;) {
      const endpoints = await endpointsOf(ask, app, endpoint);
      const attempted: { readonly attempt: Attempt; readonly url: string }[] = [];
      for (const { id, url } of endpoints) {
        const feed =
          attempts.get(id) ??
          createFeed<Attempt>(ask, pathOf`/app/${app}/attempt/endpoint/${id}`, {
            ...filter,
            ...(failed && { status: '2' }),
          });
        attempts.set(id, feed);
        for (const attempt of await feed(begun)) attempted.push({ attempt, url });
      }
      // Messages are read after attempts and shown before them, so that an attempt never comes before its message.
      if (!failed) for (const message of await messages(begun)) show(message);
      for (const { attempt, url } of attempted) show(attempt, url);
      await sleep(LOOK_EVERY_MS, undefined, { signal: stopped });
    }
  } catch (error) {
    if (!stopped.aborted) throw error;
  }

  function show(row: Message | Attempt, url = ''): void {
    if (request.json) io.out(`${JSON.stringify(row)}\n`);
    else
      io.out(`${printable('attemptNumber' in row ? attemptLine(row, url) : messageLine(row))}\n`);
  }
}

const LOOK_EVERY_MS = 500;
/** More endpoints are refused: they are polled one after another, so each round would take too long. */
const ENDPOINTS_SHOWN = 100;

interface Message {
  readonly id: string;
  readonly eventType: string;
  readonly timestamp: string;
  readonly payload: unknown;
}

interface Attempt {
  readonly id: string;
  readonly msgId: string;
  readonly timestamp: string;
  readonly attemptNumber: number;
  readonly status: number;
  readonly responseStatusCode: number;
  readonly responseDurationMs: number;
  readonly failure: string | null;
  readonly detail: string;
}

function messageLine({ id, eventType, timestamp, payload }: Message): string {
  const text = JSON.stringify(payload) ?? '';
  return `${timeOf(timestamp)}  published  ${id}  ${eventType}  ${shortened(text, PAYLOAD_CHARS)}`;
}

const PAYLOAD_CHARS = 80;

function attemptLine(attempt: Attempt, url: string): string {
  const { msgId, timestamp, attemptNumber, status, responseStatusCode, detail } = attempt;
  const result = status === 0 ? 'delivered' : 'failed   ';
  const code = responseStatusCode === 0 ? attempt.failure : String(responseStatusCode);
  const why = status === 0 || detail === '' ? '' : `: ${detail}`;
  return `${timeOf(timestamp)}  ${result}  ${msgId}  #${attemptNumber} ${url}  ${code} in ${attempt.responseDurationMs} ms${why}`;
}

function timeOf(instant: string): string {
  return instant.slice(11, 23);
}

type Ask = <T>(path: string) => Promise<T>;

type Feed<T> = (begun: string) => Promise<readonly T[]>;

/** Returns a function that returns the new rows since its last call, oldest first; at first those since `begun`. */
function createFeed<T extends { readonly id: string }>(
  ask: Ask,
  path: string,
  filter: Readonly<Record<string, string>>,
): Feed<T> {
  let newest: string | null = null;
  return async (begun) => {
    const rows: T[] = [];
    for (;;) {
      const place = newest === null ? { after: begun } : { iterator: newest };
      const query = new URLSearchParams({ limit: '250', ...filter, ...place }).toString();
      const page = await ask<Page<T>>(`${path}?${query}`);
      rows.push(...page.data.toReversed());
      newest = page.prevIterator ?? newest;
      if (page.data.length === 0 || page.done) return rows;
      if (place.after !== undefined) return rows;
    }
  };
}

interface Page<T> {
  readonly data: readonly T[];
  readonly prevIterator: string | null;
  readonly done: boolean;
}

interface Endpoint {
  readonly id: string;
  readonly url: string;
}

async function endpointsOf(
  ask: Ask,
  app: string,
  endpoint: string | undefined,
): Promise<readonly Endpoint[]> {
  if (endpoint !== undefined) {
    return [await ask<Endpoint>(pathOf`/app/${app}/endpoint/${endpoint}`)];
  }
  const path = `${pathOf`/app/${app}/endpoint`}?limit=${ENDPOINTS_SHOWN}`;
  const page = await ask<Page<Endpoint>>(path);
  if (page.done) return page.data;
  throw new UserError(
    `${app} has more than ${ENDPOINTS_SHOWN} endpoints: choose one by --endpoint`,
  );
}

function filterOf({ eventTypes, channel, tag }: TailRequest): Readonly<Record<string, string>> {
  return {
    ...(eventTypes && { event_types: eventTypes.join(',') }),
    ...(channel !== undefined && { channel }),
    ...(tag !== undefined && { tag }),
  };
}
