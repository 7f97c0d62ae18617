import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { SettingsError, settingsReader } from './settings.ts';

test('the defaults are those that people know', () => {
  expect(settingsReader.read([], {})).toEqual({
    'server-host': 'localhost',
    'server-port': 9000,
    'sqlite-file': join(homedir(), 'webhook-registry.sqlite'),
    'rabbitmq-uri': null,
    'rabbitmq-calls-queue': 'calls',
    'rabbitmq-prefetch': 30,
    'request-timeout-ms': 10_000,
    'interval-ms': 10_000,
    simulate: 'standby',
    'allow-networks': ['127.0.0.0/8', '::1/128'],
    'log-file': join(homedir(), 'webhook-registry.log'),
  });
});

test('flags beat the environment, the environment beats the file', () => {
  const file = settingsFile({ 'server-port': 1, 'interval-ms': 11, 'allow-networks': ['::1'] });
  const environment = {
    SERVER_PORT: '2',
    INTERVAL_MS: '12',
    RABBITMQ_URI: 'amqp://guest:guest@localhost',
    SQLITE_FILE: '~/elsewhere.sqlite',
  };
  const flags = ['--config', file, '--server-port', '3', '--log-file=some.log'];
  expect(settingsReader.read(flags, environment)).toMatchObject({
    'server-port': 3,
    'interval-ms': 12,
    'allow-networks': ['::1'],
    'rabbitmq-uri': 'amqp://guest:guest@localhost',
    'sqlite-file': join(homedir(), 'elsewhere.sqlite'),
    'log-file': resolve('some.log'),
  });
});

test('all errors are reported together', () => {
  const file = settingsFile({ 'rabbitmq-prefetch': 0, colour: 'red' });
  const flags = ['--config', file, '--server-port=65536', '--blue', 'sky', '--sqlite-file'];
  const environment = {
    RABBITMQ_URI: 'http://localhost',
    REQUEST_TIMEOUT_MS: '99',
    INTERVAL_MS: '1.5',
    SIMULATE: 'nothing',
    ALLOW_NETWORKS: 'localhost',
  };
  expect(errorsOf(flags, environment)).toEqual([
    expect.stringMatching(/^--blue: no such flag/),
    expect.stringMatching(/^"colour" in .*: no such setting/),
    expect.stringMatching(/^--server-port: must be a whole number from 0 to 65535/),
    expect.stringMatching(/^--sqlite-file: /),
    expect.stringMatching(/^RABBITMQ_URI: must be an amqp/),
    expect.stringMatching(/^"rabbitmq-prefetch" in the file: must be a whole number/),
    expect.stringMatching(/^REQUEST_TIMEOUT_MS: must be a whole number from 100/),
    expect.stringMatching(/^INTERVAL_MS: must be a whole number/),
    expect.stringMatching(/^SIMULATE: must be standby or life-cycle/),
    expect.stringMatching(/^ALLOW_NETWORKS: must be IP addresses or networks/),
  ]);
});

test('help shows every setting', () => {
  for (const name of Object.keys(settingsReader.read([], {}))) {
    expect(settingsReader.help()).toContain(`--${name} <`);
  }
});

function errorsOf(flags: string[], environment: Record<string, string>): readonly string[] {
  try {
    settingsReader.read(flags, environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.errors;
    throw error;
  }
  return [];
}

function settingsFile(content: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), 'settings-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(content));
  return join(folder, 'settings.json');
}
