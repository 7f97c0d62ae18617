import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { onTestFinished } from 'vitest';
import { type Receiver, startReceiver } from '@posthaste/test-support/receiver';
import { type IpNotifier, startIpNotifier } from '../src/ip-notifier.ts';
import { type Settings, settingsReader } from '../src/settings.ts';

export const TOKEN = 'token-of-the-tests';

export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface Client {
  readonly url: string;
  /** As the administrator, if not told otherwise; `body` is sent as JSON, if it is no text. */
  send<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<T>>;
  /** Registers a webhook and gives its id. */
  register(targetUrl: string): Promise<string>;
  visit(
    headers?: Record<string, string>,
  ): Promise<Answer<{ ipAddress: string; messageId: string }>>;
}

/** Ends with the test. */
export async function start(settings: Partial<Settings> = {}): Promise<Client & IpNotifier> {
  const folder = temporaryFolder();
  const ipNotifier = await startIn(folder, settings);
  onTestFinished(() => ipNotifier.stop());
  return ipNotifier;
}

export async function startIn(
  folder: string,
  settings: Partial<Settings> = {},
  log: Logger = pino({ level: 'silent' }),
): Promise<Client & IpNotifier> {
  const ipNotifier = await startIpNotifier(
    {
      ...settingsReader.read([], {}),
      port: 0,
      'database-url': `sqlite:${join(folder, 'ip-notifier.db')}`,
      'admin-token': TOKEN,
      ...settings,
    },
    { log },
  );
  return { ...ipNotifier, ...createClient(ipNotifier.backend?.url ?? '') };
}

export function createClient(url: string): Client {
  const client: Client = {
    url,
    async send(method, path, body, headers = {}) {
      const response = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${TOKEN}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const { status, headers: answered } = response;
      return { status, headers: answered, body: text === '' ? null : JSON.parse(text) };
    },
    async register(targetUrl) {
      const { status, body } = await client.send('POST', '/admin/webhooks', { targetUrl });
      if (status !== 201) throw new Error(`answered ${status}: ${JSON.stringify(body)}`);
      return String(body['id']);
    },
    visit: (headers = {}) => client.send('GET', '/ip', undefined, headers),
  };
  return client;
}

export async function startTarget(): Promise<Receiver> {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  return receiver;
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ip-notifier-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
