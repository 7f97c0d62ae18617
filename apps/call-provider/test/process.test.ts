import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freePorts } from '@posthaste/test-support/free-ports';
import { run, startProcess } from './provider-process.ts';
import { register, someEvents, startCustomer } from './start.ts';

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it, and loses nothing', async (signal) => {
  const provider = await startProcess();
  const customer = await startCustomer();
  await register(provider, customer);
  await someEvents(customer, 2);
  provider.child.kill(signal);
  expect(await provider.ended).toBe(0);
  expect(provider.output()).toMatch(/^\d\d:\d\d:\d\d acme registered http:/m);
  expect(provider.output()).toMatch(
    /^\d\d:\d\d:\d\d call.standby \(.*\) .* to acme delivered in /m,
  );
  const lines = readFileSync(provider.logFile, 'utf8').trim().split('\n');
  const messages = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
  expect(messages).toContain(`acme registered ${customer.url}calls`);
});

test.skipIf(!existsSync('/dev/full'))('a log that cannot be written stops nothing', async () => {
  const provider = await startProcess({ LOG_FILE: '/dev/full' });
  const customer = await startCustomer();
  await register(provider, customer);
  provider.child.stdout?.destroy();
  await someEvents(customer, 3);
  provider.child.kill('SIGTERM');
  expect(await provider.ended).toBe(0);
});

test('a second signal ends it at once', async () => {
  const provider = await startProcess({ REQUEST_TIMEOUT_MS: '60000' });
  const hanging = await startCustomer(() => {});
  await register(provider, hanging);
  await someEvents(hanging, 1);
  provider.child.kill('SIGTERM');
  // Ctrl-C in a terminal comes twice at once, and is one.
  const again = setInterval(() => provider.child.kill('SIGTERM'), 300);
  onTestFinished(() => clearInterval(again));
  expect(await provider.ended).toBe(1);
});

test('a port in use and all errors of the settings are reported', async () => {
  const [port = 0] = await freePorts(1);
  const occupant = createServer().listen(port, 'localhost');
  await once(occupant, 'listening');
  onTestFinished(() => void occupant.close());
  const occupied = run(['--server-port', String(port)]);
  expect(await occupied.ended).toBe(1);
  expect(occupied.output()).toContain(`port ${port} is in use`);

  const faulty = run(['--server-port', 'x', '--simulate', 'x']);
  expect(await faulty.ended).toBe(2);
  expect(faulty.output()).toMatch(/--server-port: .*\n.*--simulate: /);
  const help = run(['--help']);
  expect(await help.ended).toBe(0);
  expect(help.output()).toContain('--rabbitmq-calls-queue');
});

test('a file that cannot be made ends it with the reason', async () => {
  const log = run(['--log-file', '/proc/none/provider.log']);
  const database = run(['--sqlite-file', '/proc/none/registry.db']);
  expect(await Promise.all([log.ended, database.ended])).toEqual([2, 2]);
  expect(log.output()).toMatch(/^call-provider: the log file \/proc.* cannot be written: .*\n$/);
  expect(database.output()).toMatch(/^call-provider: the database \/proc.* cannot be created/m);
});
