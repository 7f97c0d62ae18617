import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { type Received, type Receiver, startReceiver } from '@posthaste/test-support/receiver';
import { waitFor } from '@posthaste/test-support/wait-for';
import {
  type CallProvider,
  type CallProviderOptions,
  startCallProvider,
} from '../src/call-provider.ts';
import { type Settings, settingsReader } from '../src/settings.ts';

export type StartOptions = Partial<Settings> & {
  readonly options?: Partial<CallProviderOptions>;
};

/** A provider on a free port that makes a round of calls every 20 ms. */
export async function start({ options = {}, ...settings }: StartOptions = {}) {
  const provider = await startCallProvider(
    {
      ...settingsReader.read([], {}, '/nonexistent'),
      'server-port': 0,
      'sqlite-file': join(temporaryFolder(), 'registry.db'),
      'interval-ms': 20,
      ...settings,
    },
    {
      log: pino({ level: 'silent' }),
      retrySchedule: [0.01, 0.01, 0.01, 0.01, 0.01],
      stepMs: 5,
      standbyMs: 50,
      ...options,
    },
  );
  onTestFinished(() => provider.stop());
  return provider;
}

export interface Customer extends Receiver {
  /** The bodies received, in order. */
  events(): ReceivedEvent[];
}

export interface ReceivedEvent {
  readonly type: string;
  readonly contactNumber?: string;
  readonly call_id: string;
  readonly [member: string]: unknown;
}

export async function startCustomer(answer?: Receiver['answer']): Promise<Customer> {
  const receiver = await startReceiver();
  if (answer) receiver.answer = answer;
  onTestFinished(() => receiver.close());
  const events = () => receiver.received.map(({ body }) => JSON.parse(body) as ReceivedEvent);
  return Object.assign(receiver, { events });
}

/** Answers with a status that can be changed meanwhile. */
export function answering(status: { now: number }): Receiver['answer'] {
  return (_request, response) => response.writeHead(status.now).end();
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly codes: readonly string[];
}

export async function post(
  { url }: Pick<CallProvider, 'url'>,
  path: string,
  body: unknown,
  type = 'application/json',
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': type, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const errors = text === '' ? [] : (JSON.parse(text) as { errorCode: string }[]);
  return { status: response.status, text, codes: errors.map(({ errorCode }) => errorCode) };
}

export function register(
  provider: Pick<CallProvider, 'url'>,
  { url }: Pick<Receiver, 'url'>,
  { secret, ...more }: { name?: string; secret?: string } = {},
): Promise<Answer> {
  const body = { name: 'acme', callbackURL: `${url}calls`, ...more };
  const headers = secret === undefined ? {} : { 'webhook-secret': secret };
  return post(provider, '/webhook', body, 'application/json', headers);
}

export async function someEvents({ received }: Receiver, count: number): Promise<Received[]> {
  await waitFor(() => received.length >= count, `${count} events`);
  return received;
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'call-provider-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
