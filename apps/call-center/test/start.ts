import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { Webhook } from 'standardwebhooks';
import { onTestFinished } from 'vitest';
import { startReceiver } from '@posthaste/test-support/receiver';
import { startCallCenter } from '../src/call-center.ts';
import type { CallCenter, CallCenterOptions } from '../src/call-center.ts';
import { settingsReader } from '../src/settings.ts';
import type { Settings } from '../src/settings.ts';

export const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

export interface ShownCall {
  readonly callId: number;
  readonly number: string;
  readonly status: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly extension: string;
}

/** What a test says: any settings by name, and how long calls take. */
export type StartOptions = Partial<Settings> & {
  readonly options?: Partial<CallCenterOptions>;
};

/** A call center on a free port whose calls take 20 ms, with a provider that only answers 200. */
export async function start({ options = {}, ...settings }: StartOptions = {}): Promise<CallCenter> {
  const callCenter = await startCallCenter(
    { ...settingsReader.read([], {}), ...(await testSettings()), ...settings },
    {
      log: pino({ level: 'silent' }),
      durationsMs: { 900: 20, 901: 20 },
      registrationBackoffMs: 10,
      dashboardFolder: '/nonexistent',
      ...options,
    },
  );
  onTestFinished(() => callCenter.stop());
  return callCenter;
}

async function testSettings(): Promise<Partial<Settings>> {
  return {
    'server-port': 0,
    'sqlite-file': join(temporaryFolder(), 'calls.db'),
    'webhook-server-url': `${(await startProvider()).url}webhook`,
    'webhook-secret': SECRET,
  };
}

export async function startProvider() {
  const provider = await startReceiver();
  onTestFinished(() => provider.close());
  return provider;
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'call-center-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Posts an event as a provider that signs does, and gives the status and the errors. */
export async function send(
  { url }: { readonly url: string },
  event: unknown,
  { id = `msg_${randomUUID()}`, secret = SECRET }: { id?: string; secret?: string | null } = {},
): Promise<{ status: number; errors: { errorCode: string; message: string }[] }> {
  const body = JSON.stringify(event);
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (secret !== null) {
    const now = new Date();
    headers['webhook-id'] = id;
    headers['webhook-timestamp'] = String(Math.floor(now.getTime() / 1000));
    headers['webhook-signature'] = new Webhook(secret).sign(id, now, body);
  }
  const response = await fetch(`${url}/calls`, { method: 'POST', headers, body });
  const text = await response.text();
  return { status: response.status, errors: text === '' ? [] : JSON.parse(text) };
}

export function standby(lastDigits: number | string) {
  const digits = String(lastDigits).padStart(4, '0');
  return { type: 'call.standby', contactNumber: `(11) 1111-${digits}` };
}

export async function get<T = ShownCall[]>({ url }: { readonly url: string }, path = '/calls') {
  const response = await fetch(url + path);
  return (await response.json()) as T;
}
