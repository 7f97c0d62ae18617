import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { createProgramClient } from '../../delivery/http-client/create-program-client.ts';
import { withoutCredentials } from '../../domain/url-credentials.ts';
import type { ApiClient } from '../api/api-client.ts';
import { call } from '../api/call.ts';
import { pathOf } from '../api/path-of.ts';
import { printable, shortened } from '../api/answer-text.ts';
import { expectSuccess } from '../api/run-operation.ts';
import type { Io } from '../io.ts';
import { stopOf } from '../stop-of.ts';
import { untilBack } from '../until-back.ts';
import { UserError } from '../user-error.ts';
import { type Forwarded, type TakenRequest, forward } from './forward.ts';

export interface ListenRequest {
  readonly url: string;
  readonly app: string;
  readonly eventTypes?: readonly string[] | undefined;
  readonly channels?: readonly string[] | undefined;
  readonly json?: true | undefined;
}

/** Forwards the deliveries of a temporary endpoint to a program on this machine, until it is stopped. */
export async function listen(client: ApiClient, io: Io, request: ListenRequest): Promise<void> {
  const program = programOf(request.url);
  const stopped = stopOf(io);
  const listener = await openListener(client, request);
  const programClient = createProgramClient();
  stopped.addEventListener('abort', () => programClient.stop(), { once: true });
  /** Ids of unanswered requests, which the server need not send again. */
  const taken = new Set<string>();
  let last: string | null = null;
  let stopKeys = () => {};
  try {
    const { key } = await call<{ key: string }>(client, 'GET', `${listener.endpointPath}/secret`);
    io.err(
      `${request.app} → ${withoutCredentials(request.url)}, signed with ${key}\nPress r to send the last request again, Ctrl-C to end\n`,
    );
    stopKeys = watchKeys(io, stopped, () => void again());
    await asked(listener, stopped, taken, io, (one) => void work(one));
  } finally {
    stopKeys();
    programClient.stop();
    await listener.close();
  }

  async function work(one: TakenRequest): Promise<void> {
    taken.add(one.id);
    last = headerOf(one, 'webhook-id') ?? last;
    const answer = await forward(one, program, programClient);
    if (stopped.aborted) return;
    io.out(request.json ? jsonLine(one, answer) : eventLine(one, answer));
    await listener.answer(one.id, answer).catch((error: unknown) => {
      // The attempt fails at its deadline and is retried.
      if (!stopped.aborted)
        io.err(`the response could not be sent to the server: ${(error as Error).message}\n`);
    });
    taken.delete(one.id);
  }

  async function again(): Promise<void> {
    if (last === null) {
      io.err('nothing has arrived yet\n');
      return;
    }
    const path = pathOf`/app/${request.app}/msg/${last}/endpoint/${listener.endpointId}/resend`;
    await call(client, 'POST', path).then(
      () => io.err(`${last} again\n`),
      (error: unknown) => io.err(`${(error as Error).message}\n`),
    );
  }
}

function programOf(url: string): URL {
  const program = URL.parse(url);
  if (program?.protocol === 'http:' || program?.protocol === 'https:') return program;
  throw new UserError(`${url} must be the URL of your program, such as http://localhost:3000/`);
}

interface OpenListener {
  readonly endpointId: string;
  readonly endpointPath: string;
  /** Null: the listener has expired. */
  requests(known: readonly string[], signal: AbortSignal): Promise<readonly TakenRequest[] | null>;
  answer(requestId: string, answer: Forwarded): Promise<void>;
  open(): Promise<void>;
  close(): Promise<void>;
}

async function openListener(client: ApiClient, request: ListenRequest): Promise<OpenListener> {
  const { app, eventTypes, channels } = request;
  const id = randomBytes(18).toString('base64url');
  const path = pathOf`/app/${app}/listener/${id}`;
  const description = `posthaste listen on ${hostname()}`;
  const open = () =>
    call<{ endpointId: string }>(client, 'PUT', path, { description, eventTypes, channels });
  const { endpointId } = await open();
  return {
    endpointId,
    endpointPath: pathOf`/app/${app}/endpoint/${endpointId}`,
    async requests(known, signal) {
      const query = known.length === 0 ? '' : `?known=${known.join(',')}`;
      const url = `/api/v1${path}/request${query}`;
      const answer = await client.request({ method: 'GET', path: url }, signal);
      if (answer.status === 404) return null;
      return (JSON.parse(expectSuccess(answer).text) as { requests: TakenRequest[] }).requests;
    },
    async answer(requestId, { status, headers, body, detail }) {
      const url = path + pathOf`/request/${requestId}`;
      await call(client, 'PUT', url, { status, headers, body, detail });
    },
    async open() {
      await open();
    },
    async close() {
      // A listener that could not be closed expires by itself.
      await call(client, 'DELETE', path).catch(() => undefined);
    },
  };
}

/** Fetches requests repeatedly; tries again after a lost connection. */
async function asked(
  listener: OpenListener,
  stopped: AbortSignal,
  taken: ReadonlySet<string>,
  io: Io,
  onRequest: (request: TakenRequest) => void,
): Promise<void> {
  try {
    while (!stopped.aborted) {
      const startedMs = performance.now();
      const requests = await untilBack(io, stopped, () => listener.requests([...taken], stopped));
      if (requests === null) {
        await untilBack(io, stopped, () => listener.open());
        io.err('the listener had expired and was opened again\n');
        continue;
      }
      for (const request of requests) if (!taken.has(request.id)) onRequest(request);
      const isHurried = requests.length === 0 && performance.now() - startedMs < BUSY_MS;
      if (isHurried) await sleep(BUSY_MS, undefined, { signal: stopped });
    }
  } catch (error) {
    if (!stopped.aborted) throw error;
  }
}

/** Pause after an immediate answer without requests: the server has too many waiting listeners. */
const BUSY_MS = 1_000;

/** Keys that end the command: Ctrl-C, Ctrl-D and q. */
const ENDING = ['\u0003', '\u0004', 'q'];

function watchKeys({ stdin }: Io, stopped: AbortSignal, again: () => void): () => void {
  const isRaw = Boolean(stdin.isTTY) && 'setRawMode' in stdin;
  const raw = stdin as typeof process.stdin;
  if (isRaw) raw.setRawMode(true);
  const onData = (chunk: Buffer | string): void => {
    const keys = chunk.toString();
    // In raw mode Ctrl-C arrives as a key, not as a signal.
    if (isRaw && ENDING.some((key) => keys.includes(key))) process.kill(process.pid, 'SIGINT');
    else if (keys.includes('r') && !stopped.aborted) again();
  };
  stdin.on('data', onData);
  return () => {
    stdin.off('data', onData);
    if (isRaw) raw.setRawMode(false);
    stdin.pause();
  };
}

function headerOf({ headers }: TakenRequest, name: string): string | undefined {
  return headers.find(([one]) => one?.toLowerCase() === name)?.[1];
}

function eventLine(request: TakenRequest, answer: Forwarded): string {
  const { body } = request;
  const shown = shortened(body, BODY_CHARS);
  const what = answer.status ?? answer.detail;
  const time = new Date().toISOString().slice(11, 23);
  const line = `${time}  ${headerOf(request, 'webhook-id')}  ${what} in ${answer.tookMs} ms  ${shown}`;
  return `${printable(line)}\n`;
}

const BODY_CHARS = 100;

function jsonLine({ headers, body }: TakenRequest, { status, detail }: Forwarded): string {
  return `${JSON.stringify({ headers: Object.fromEntries(headers), body, status, detail })}\n`;
}
