import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { SettingsError, settingsReader } from '../src/settings.ts';

it('has the defaults that the README names', () => {
  expect(settingsReader.read([], {})).toEqual({
    port: 3000,
    'database-url': 'sqlite:./data/ip-notifier.db',
    'admin-token': null,
    concurrency: 10,
    'retry-schedule': [1, 2, 4, 8, 16],
    'allow-networks': ['127.0.0.0/8', '::1/128'],
    'trust-proxy': null,
    transporter: null,
    roles: ['backend', 'webhooks'],
    namespace: 'ip-notifier',
  });
});

it('takes flags before the environment before the file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'settings-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = { port: 1, concurrency: 2, 'retry-schedule': [3, 4.5], 'trust-proxy': 1 };
  writeFileSync(join(folder, 'ip-notifier.config.json'), JSON.stringify(file));
  const environment = { PORT: '5', CONCURRENCY: '6', ADMIN_TOKEN: '', ALLOW_NETWORKS: '' };
  expect(settingsReader.read(['--port', '7'], environment, folder)).toMatchObject({
    port: 7,
    concurrency: 6,
    'retry-schedule': [3, 4.5],
    'trust-proxy': 1,
    'admin-token': null,
    'allow-networks': [],
  });
});

it.each(['loopback', '10.0.0.0/8,fd00::/8', 'loopback, uniquelocal', '2'])(
  'knows the proxies %j',
  (given) => {
    const settings = settingsReader.read([], { TRUST_PROXY: given });
    expect(String(settings['trust-proxy'])).toBe(given);
  },
);

it('reports all errors together', () => {
  const flags = ['--port', 'x', '--trust-proxy', 'true', '--colour', '--transporter'];
  const environment = {
    DATABASE_URL: 'sqlite::memory:',
    ADMIN_TOKEN: 'with blanks',
    CONCURRENCY: '0',
    RETRY_SCHEDULE: '1,soon',
    ALLOW_NETWORKS: '10.0.0.0/33',
    ROLES: 'frontend',
    NAMESPACE: 'a.b',
  };
  const wrong =
    '--colour --port DATABASE_URL ADMIN_TOKEN CONCURRENCY RETRY_SCHEDULE ' +
    'ALLOW_NETWORKS --trust-proxy --transporter ROLES NAMESPACE';
  const faulty = errorsOf(flags, environment).map((fault) => fault.split(':')[0]);
  expect(faulty.join(' ')).toBe(wrong);
});

it('refuses half a system that can not reach the other half', () => {
  expect(errorsOf([], { ROLES: 'backend' })).toEqual([
    'roles: backend alone needs --transporter, to reach the node that has the other role',
  ]);
  expect(errorsOf([], { ROLES: 'backend', TRANSPORTER: 'nats://localhost' })).toEqual([]);
});

it('explains itself', () => {
  const help = settingsReader.help();
  expect(help).toContain('--retry-schedule <value>');
  expect(help).toContain('(default: 1,2,4,8,16)');
  expect(help).toContain('DATABASE_URL=…');
});

function errorsOf(flags: string[], environment: Record<string, string>): readonly string[] {
  try {
    settingsReader.read(flags, environment);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.errors;
    throw error;
  }
}
