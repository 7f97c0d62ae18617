import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { SettingsError, settingsReader } from './settings.ts';

test('the defaults are those that people know', () => {
  expect(settingsReader.read([], {})).toEqual({
    'server-host': 'localhost',
    'server-port': 9001,
    'sqlite-file': join(homedir(), 'webhook-consumer.sqlite'),
    'client-name': 'webhook-consumer',
    'webhook-server-url': 'http://localhost:9000/webhook',
    'callback-url': null,
    'webhook-secret': null,
    'accept-unsigned-from': [],
    'rabbitmq-uri': null,
    'rabbitmq-900-queue': 'webhook-consumer-900',
    'rabbitmq-901-queue': 'webhook-consumer-901',
    'rabbitmq-prefetch': 2,
    'log-file': join(homedir(), 'webhook-consumer.log'),
  });
});

test('flags beat the environment, the environment beats the file', () => {
  const file = settingsFile({ 'server-port': 1, 'client-name': 'file', 'rabbitmq-prefetch': 7 });
  const environment = { SERVER_PORT: '2', CLIENT_NAME: 'environment', RABBITMQ_900_QUEUE: 'q900' };
  const settings = settingsReader.read(['--config', file, '--server-port', '3'], {
    ...environment,
    SQLITE_FILE: '',
  });
  expect(settings).toMatchObject({
    'server-port': 3,
    'client-name': 'environment',
    'rabbitmq-prefetch': 7,
    'rabbitmq-900-queue': 'q900',
    'sqlite-file': join(homedir(), 'webhook-consumer.sqlite'),
  });
});

test('a list comes as text or, in the file, as a list', () => {
  const networks = ['10.0.0.0/8', '::1'];
  const flags = ['--accept-unsigned-from', '10.0.0.0/8, ::1'];
  expect(settingsReader.read(flags, {})['accept-unsigned-from']).toEqual(networks);
  const file = settingsFile({ 'accept-unsigned-from': networks });
  expect(settingsReader.read(['--config', file], {})['accept-unsigned-from']).toEqual(networks);
});

test('the two queues must differ', () => {
  expect(errorsOf([], { RABBITMQ_901_QUEUE: 'webhook-consumer-900' })).toEqual([
    expect.stringMatching(/must differ$/),
  ]);
});

test('all errors are reported together', () => {
  const file = settingsFile({ 'rabbitmq-prefetch': 0, colour: 'red' });
  const flags = ['--config', file, '--server-port=port', '--callback-url', 'ftp://x', '--blue'];
  const environment = {
    CLIENT_NAME: 'ab',
    WEBHOOK_SERVER_URL: 'http://user:password@localhost/webhook',
    ACCEPT_UNSIGNED_FROM: '10.0.0.0/33',
    RABBITMQ_URI: 'http://x',
    WEBHOOK_SECRET: `whsec_${'A'.repeat(33)}`,
  };
  expect(errorsOf(flags, environment)).toEqual([
    expect.stringMatching(/^--blue: no such flag/),
    expect.stringMatching(/^"colour" in the file: no such setting/),
    expect.stringMatching(/^--server-port: must be a whole number from 0 to 65535/),
    expect.stringMatching(/^CLIENT_NAME: must be a text of 3 to 255 characters/),
    expect.stringMatching(/^WEBHOOK_SERVER_URL: must be an http.*password$/),
    expect.stringMatching(/^--callback-url: must be an http/),
    expect.stringMatching(/^WEBHOOK_SECRET: must be whsec_/),
    expect.stringMatching(/^ACCEPT_UNSIGNED_FROM: must be IP addresses or networks/),
    expect.stringMatching(/^RABBITMQ_URI: must be an amqp/),
    expect.stringMatching(/^"rabbitmq-prefetch" in the file: must be a whole number/),
  ]);
  expect(errorsOf(['--config', '/nowhere.json'], {})).toEqual([
    expect.stringContaining('/nowhere.json: there is no such file'),
  ]);
});

function errorsOf(flags: string[], environment: Record<string, string>): readonly string[] {
  try {
    settingsReader.read(flags, environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.errors;
  }
  return [];
}

function settingsFile(content: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), 'settings-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(content));
  return join(folder, 'settings.json');
}
