import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Posthaste } from 'posthaste';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startReceiver } from '@posthaste/test-support/receiver';
import { waitFor } from '@posthaste/test-support/wait-for';
import { accountUid, createAccounts } from './accounts.ts';

test('tells who is enabled without a request per account, also after a restart', async () => {
  const folder = temporaryFolder();
  const { posthaste, accounts } = await start(folder);
  for (const name of ['one', 'two', 'three']) await register(accounts, name);
  await posthaste.endpoint.patch(accountUid('two'), 'callback', { disabled: true });
  await posthaste.stop();

  const again = await start(folder);
  const requests = vi.spyOn(again.posthaste.endpoint, 'get');
  expect(new Set(again.accounts.enabled())).toEqual(new Set(['one', 'three']));
  expect(requests).not.toHaveBeenCalled();
});

test('an account that is disabled by its failures is not enabled until it registers', async () => {
  const { posthaste, accounts } = await start(temporaryFolder());
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  receiver.answer = (_request, response) => response.writeHead(500).end();
  await register(accounts, 'acme', receiver.url);
  expect([...accounts.enabled()]).toEqual(['acme']);
  await posthaste.message.create(accountUid('acme'), { eventType: 'call.standby', payload: {} });
  await waitFor(() => [...accounts.enabled()].length === 0, 'the account to be disabled');
  expect(await register(accounts, 'acme', receiver.url)).toBe('registered');
  expect([...accounts.enabled()]).toEqual(['acme']);
});

test('a registration that finds the account enabled has its calls go on', async () => {
  const { posthaste, accounts } = await start(temporaryFolder());
  await register(accounts, 'acme');
  await posthaste.message.create(accountUid('acme'), { eventType: 'call.standby', payload: {} });
  await waitFor(() => [...accounts.enabled()].length === 0, 'the account to be disabled');
  await posthaste.endpoint.patch(accountUid('acme'), 'callback', { disabled: false });
  expect(await register(accounts, 'acme')).toBe('already-registered');
  expect([...accounts.enabled()]).toEqual(['acme']);
});

test('that an account is disabled is told once, however many of its requests fail after that', async () => {
  const told: string[] = [];
  const { posthaste, accounts } = await start(temporaryFolder(), (name) => told.push(name));
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  let failed = 0;
  posthaste.on('exhausted', () => void failed++);
  const held: (() => void)[] = [];
  receiver.answer = (_request, response) =>
    void held.push(() => void response.writeHead(500).end());
  await register(accounts, 'acme', receiver.url);
  for (let i = 0; i < 3; i++) {
    await posthaste.message.create(accountUid('acme'), { eventType: 'call.standby', payload: {} });
  }
  await waitFor(() => held.length === 3, 'three requests');
  for (const answer of held) {
    const before = failed;
    answer();
    await waitFor(() => failed > before, 'its failure');
  }
  await waitFor(() => told.length > 0, 'the account to be disabled');
  await register(accounts, 'acme', receiver.url);
  expect(told).toEqual(['acme']);
});

function register(
  { register }: Pick<ReturnType<typeof createAccounts>, 'register'>,
  name: string,
  callbackURL = 'http://127.0.0.1:1/',
) {
  return register({ name, callbackURL, secret: null });
}

/** Ends with the test. */
async function start(folder: string, onDisabled?: (name: string) => void) {
  const posthaste = new Posthaste({
    databaseUrl: `sqlite:${join(folder, 'registry.db')}`,
    allowNetworks: '127.0.0.0/8',
    retrySchedule: [],
    disableAfter: '1 failures',
    logLevel: 'error',
  });
  const accounts = createAccounts(posthaste, onDisabled);
  await posthaste.start();
  onTestFinished(() => posthaste.stop());
  await accounts.load();
  return { posthaste, accounts };
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'accounts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
