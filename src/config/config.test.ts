import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SETTINGS, type SettingKey } from './settings.ts';
import { configFrom, loadConfig } from './config.ts';
import { PosthasteError } from '../domain/errors.ts';
import { DEFAULT_POLICY } from '../domain/policy.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'posthaste-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

function writeConfig(value: unknown, name = 'posthaste.config.json'): void {
  writeFileSync(join(cwd, name), typeof value === 'string' ? value : JSON.stringify(value));
}

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof PosthasteError && error.code === 'configuration') return error.message;
    throw error;
  }
  throw new Error('no error was thrown');
}

describe('sources', () => {
  test('settings in force name their source, and contain no secret', () => {
    writeConfig({ timeoutMs: 5_000 });
    const { inForce } = loadConfig({
      flags: { port: '9000' },
      env: {
        POSTHASTE_DATABASE_URL: 'postgres://user:p@ss@db.test/x?sslpassword=hidden&sslmode=require',
        POSTHASTE_JWT_SECRET: 'a secret that is long enough for HS256',
        POSTHASTE_PROXY_URL: 'http://user:pass@proxy.test:3128',
      },
      cwd,
    });
    const of = (name: SettingKey) => inForce.find((setting) => setting.name === name);
    expect(of('port')).toMatchObject({ value: '9000', source: 'flag', isHidden: false });
    expect(of('timeoutMs')).toMatchObject({ value: '5000', source: 'file' });
    expect(of('host')).toMatchObject({ value: '127.0.0.1', source: 'default' });
    expect(of('metricsToken')).toMatchObject({ value: null, isHidden: false });
    const hidden = { value: null, source: 'environment', isHidden: true };
    expect(of('jwtSecret')).toMatchObject(hidden);
    expect(of('proxyUrl')).toMatchObject(hidden);
    expect(of('databaseUrl')).toMatchObject({
      value: 'postgres://…@db.test/x?sslpassword=…&sslmode=require',
    });
    expect(inForce.map(({ name }) => name)).toEqual(Object.keys(SETTINGS));
  });

  test('without any, the documented defaults hold', () => {
    const { inForce, ...config } = loadConfig({ env: {}, cwd });
    expect(inForce.map(({ source }) => source)).toEqual(inForce.map(() => 'default'));
    expect(config).toEqual({
      host: '127.0.0.1',
      port: 8071,
      metricsPort: null,
      metricsToken: null,
      database: { kind: 'sqlite', path: './data/posthaste.db' },
      payloadRetention: { ms: 90 * 86_400_000 },
      attemptRetention: { ms: 90 * 86_400_000 },
      messageRetention: { ms: 90 * 86_400_000 },
      queue: { kind: 'memory' },
      auditRetention: { ms: 90 * 86_400_000 },
      ingestUrl: null,
      ingestQueue: 'posthaste.ingest',
      ingestOrganization: null,
      ingestPrefetch: 256,
      jwtSecret: null,
      secretsKey: null,
      allowNetworks: [],
      corsOrigins: null,
      roles: ['api', 'worker'],
      concurrency: 1_024,
      endpointConcurrency: 32,
      policy: DEFAULT_POLICY,
      svixHeaders: false,
      dnsServers: [],
      proxyUrl: null,
      proxyResolvesNames: false,
      noProxy: [],
      portalUrl: null,
      portalName: null,
      portalLogo: null,
      portalColor: null,
      portalFont: null,
      portalHidesMaker: false,
      portalParents: null,
      endpointHttpsOnly: false,
      signatureType: 'hmac256',
      caFile: null,
      bodyLimitBytes: 1_048_576,
      fastPublish: true,
      logLevel: 'info',
    });
  });

  test('flags beat environment, environment beats file', () => {
    writeConfig({ host: 'file', port: 1, concurrency: 1 });
    const env = { POSTHASTE_PORT: '2', POSTHASTE_CONCURRENCY: '2' };
    const config = loadConfig({ flags: { concurrency: '3' }, env, cwd });
    expect(config).toMatchObject({ host: 'file', port: 2, concurrency: 3 });
  });

  test('--config names another file, which must exist', () => {
    writeConfig({ port: 1 });
    writeConfig({ port: 2 }, 'other.json');
    expect(loadConfig({ env: {}, cwd, file: 'other.json' }).port).toBe(2);
    expect(messageOf(() => loadConfig({ env: {}, cwd, file: 'none.json' }))).toBe(
      '--config none.json cannot be read: there is no such file',
    );
  });

  test('values in a file may be JSON or text', () => {
    writeConfig({ port: 99, svixHeaders: true, retrySchedule: [0.5, 2], roles: ['worker'] });
    expect(loadConfig({ env: {}, cwd })).toMatchObject({
      port: 99,
      svixHeaders: true,
      policy: { retryScheduleMs: [500, 2000] },
      roles: ['worker'],
    });
    writeConfig({ port: '98', svixHeaders: 'false', retrySchedule: '1', roles: 'api' });
    expect(loadConfig({ env: {}, cwd })).toMatchObject({
      port: 98,
      svixHeaders: false,
      policy: { retryScheduleMs: [1000] },
      roles: ['api'],
    });
  });

  test('a boolean flag without a value means true', () => {
    expect(loadConfig({ flags: { svixHeaders: true }, env: {}, cwd }).svixHeaders).toBe(true);
  });

  test('an empty variable counts as missing, unless empty is a valid value', () => {
    writeConfig({ port: 1, allowNetworks: '10.0.0.0/8' });
    const env = {
      POSTHASTE_PORT: '',
      POSTHASTE_RETRY_SCHEDULE: '',
      POSTHASTE_ALLOW_NETWORKS: '',
    };
    const config = loadConfig({ env, cwd });
    expect(config).toMatchObject({ port: 1, allowNetworks: [] });
    expect(config.policy.retryScheduleMs).toEqual([]);
  });

  test('configFrom reads neither file nor environment', () => {
    writeConfig({ port: 1 });
    expect(configFrom({ host: '::', retrySchedule: [1] })).toMatchObject({
      host: '::',
      port: 8071,
      policy: { retryScheduleMs: [1000] },
    });
    expect(messageOf(() => configFrom({ prot: 1 } as object))).toContain('prot is not a setting');
    const message = messageOf(() => configFrom({ colour: 1 } as object));
    expect(message).toMatch(/^colour is not a setting; there are: host, port, /);
  });

  test('the result is deeply frozen', () => {
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      ArrayBuffer.isView(value) ||
      (Object.isFrozen(value) && Object.values(value).every(frozen));
    const key = Buffer.alloc(32, 1).toString('base64');
    expect(frozen(configFrom({ allowNetworks: '::1', secretsKey: key, retrySchedule: '1' }))).toBe(
      true,
    );
  });
});

describe('errors', () => {
  test('are reported together, each with the given name and the accepted values', () => {
    writeConfig({ port: 'x', timoutMs: 5, host: {} });
    const message = messageOf(() =>
      loadConfig({ flags: { success: '201' }, env: { POSTHASTE_CONCURRENCY: '0' }, cwd }),
    );
    expect(message.split('\n')).toEqual([
      '5 settings are wrong:',
      '  - timoutMs (in posthaste.config.json) is not a setting; did you mean timeoutMs?',
      expect.stringMatching(/^ {2}- host \(in posthaste\.config\.json\) must be a host name/),
      '  - port (in posthaste.config.json) must be a whole number from 0 to 65535, not "x"',
      '  - POSTHASTE_CONCURRENCY must be a whole number from 1 to 65535, not "0"',
      '  - --success must be 2xx or 200, not "201"',
    ]);
  });

  test.each(['{', '[]', 'null', '"port"'])('a file with %s', (text) => {
    writeConfig(text);
    expect(messageOf(() => loadConfig({ env: {}, cwd }))).toContain('posthaste.config.json ');
  });

  test('name a required setting that is missing', () => {
    expect(messageOf(() => loadConfig({ env: {}, cwd, required: ['jwtSecret'] }))).toBe(
      'POSTHASTE_JWT_SECRET is not set; it must be at least 32 characters; `openssl rand -base64 32` makes one',
    );
    const env = { POSTHASTE_JWT_SECRET: 'x'.repeat(32) };
    expect(loadConfig({ env, cwd, required: ['jwtSecret'] }).jwtSecret).toHaveLength(32);
  });

  test('do not repeat secrets and passwords', () => {
    const env = {
      POSTHASTE_JWT_SECRET: 'hunter2',
      POSTHASTE_SECRETS_KEY: 'hunter2',
      POSTHASTE_DATABASE_URL: 'mysql://posthaste:hunter2@db/posthaste',
      POSTHASTE_QUEUE_URL: 'redis://:hunter2@cache',
      POSTHASTE_INGEST_URL: 'amqp//posthaste:hunter2@broker',
      POSTHASTE_PROXY_URL: 'proxy:hunter2@10.0.0.1:3128',
    };
    const message = messageOf(() => loadConfig({ env, cwd }));
    expect(message).not.toContain('hunter2');
    expect(message).toContain('POSTHASTE_DATABASE_URL must be sqlite:PATH');
    expect(message).toContain('not "mysql://…@db/posthaste"');
  });
});

const key = Buffer.alloc(32, 255);
const accepted: [SettingKey, string, unknown][] = [
  ['host', '::', '::'],
  ['host', 'a-b.example', 'a-b.example'],
  ['port', '0', 0],
  ['databaseUrl', 'sqlite:/a b.db', { kind: 'sqlite', path: '/a b.db' }],
  [
    'databaseUrl',
    'postgres://u:p@h/d?sslmode=verify-full',
    { kind: 'postgres', url: 'postgres://u:p@h/d?sslmode=verify-full' },
  ],
  ['databaseUrl', 'postgresql:///d', { kind: 'postgres', url: 'postgresql:///d' }],
  ['queueUrl', 'memory:', { kind: 'memory' }],
  ['queueUrl', 'amqps://u:p@h/v', { kind: 'amqp', url: 'amqps://u:p@h/v' }],
  ['ingestUrl', 'amqps://u:p@h/v', 'amqps://u:p@h/v'],
  ['ingestQueue', ' events.out ', 'events.out'],
  ['ingestOrganization', 'org_acme-1', 'org_acme-1'],
  ['jwtSecret', 'x'.repeat(32), 'x'.repeat(32)],
  ['secretsKey', key.toString('base64'), new Uint8Array(key)],
  ['allowNetworks', '127.0.0.1, ::1,10.0.0.0/8', ['127.0.0.1', '::1', '10.0.0.0/8']],
  ['allowNetworks', '', []],
  ['corsOrigins', '*', ['*']],
  ['corsOrigins', '', []],
  [
    'corsOrigins',
    'HTTPS://Portal.example:443/, http://[::1]:80',
    ['https://portal.example', 'http://[::1]'],
  ],
  ['roles', 'worker,api', ['api', 'worker']],
  ['retrySchedule', '0.25, 1.5,3', [250, 1500, 3000]],
  ['retrySchedule', '', []],
  ['disableAfter', '5d', { kind: 'window', failingForMs: 432_000_000 }],
  ['disableAfter', '120h', { kind: 'window', failingForMs: 432_000_000 }],
  ['disableAfter', '432000000ms', { kind: 'window', failingForMs: 432_000_000 }],
  ['disableAfter', '1 failure', { kind: 'count', failedAttempts: 1 }],
  ['disableAfter', '3 failures', { kind: 'count', failedAttempts: 3 }],
  ['disableAfter', 'never', { kind: 'never' }],
  ['svixHeaders', 'true', true],
  ['dnsServers', '', []],
  ['dnsServers', '10.0.0.2, 127.0.0.1:5353', ['10.0.0.2', '127.0.0.1:5353']],
  ['dnsServers', 'fd00::2,[fd00::2]:5353', ['fd00::2', '[fd00::2]:5353']],
  ['proxyUrl', 'http://proxy:3128', 'http://proxy:3128/'],
  ['proxyUrl', 'http://u:p%40w@10.0.0.1', 'http://u:p%40w@10.0.0.1/'],
  ['proxyUrl', 'socks5://u:p@proxy:1080', 'socks5://u:p@proxy:1080'],
  ['caFile', 'a b.pem', 'a b.pem'],
];

test.each(accepted)('%s accepts %j', (name, text, value) => {
  expect(SETTINGS[name].type.parse(text)).toEqual(value);
});

const refused: [SettingKey, string][] = [
  ['host', ''],
  ['host', 'http://x'],
  ['port', '65536'],
  ['port', '-1'],
  ['port', '80.5'],
  ['port', '0x50'],
  ['port', ''],
  ['databaseUrl', 'data.db'],
  ['databaseUrl', 'sqlite:'],
  ['databaseUrl', 'sqlite::memory:'],
  ['databaseUrl', 'sqlite://data/x.db'],
  ['databaseUrl', 'postgres:d'],
  ['databaseUrl', 'postgres://h'],
  ['databaseUrl', 'postgres://h/'],
  ['queueUrl', 'memory'],
  ['queueUrl', 'amqp://'],
  ['queueUrl', 'http://h'],
  ['ingestUrl', 'http://h'],
  ['ingestUrl', 'amqp://'],
  ['ingestQueue', ' '],
  ['ingestQueue', 'ö'.repeat(126)],
  ['ingestQueue', 'amq.gen'],
  ['ingestOrganization', 'acme'],
  ['ingestPrefetch', '0'],
  ['jwtSecret', 'x'.repeat(31)],
  ['secretsKey', key.subarray(1).toString('base64')],
  ['secretsKey', key.toString('hex')],
  ['allowNetworks', '10.0.0.0/33'],
  ['allowNetworks', '10.0.0.0/08'],
  ['allowNetworks', '10.1.2.3/8'],
  ['allowNetworks', 'fd00::1/8'],
  ['allowNetworks', '10.0.0.0/8,'],
  ['allowNetworks', '10.0.0.0/8/8'],
  ['allowNetworks', 'localhost'],
  ['allowNetworks', 'fe80::1%eth0'],
  ['corsOrigins', 'portal.example'],
  ['corsOrigins', 'null'],
  ['corsOrigins', 'ftp://portal.example'],
  ['corsOrigins', 'https://portal.example/path'],
  ['corsOrigins', 'https://*.example'],
  ['corsOrigins', 'https://u@portal.example'],
  ['corsOrigins', '*,https://portal.example'],
  ['roles', ''],
  ['roles', 'api,cook'],
  ['retrySchedule', '1,,2'],
  ['retrySchedule', '-1'],
  ['retrySchedule', '1e3'],
  ['retrySchedule', '2592001'],
  ['retrySchedule', Array(101).fill('1').join(',')],
  ['disableAfter', '5'],
  ['disableAfter', '0d'],
  ['disableAfter', '1000001d'],
  ['disableAfter', '0 failures'],
  ['dnsServers', 'dns.example'],
  ['dnsServers', '10.0.0.2:0'],
  ['dnsServers', '10.0.0.2:65536'],
  ['dnsServers', 'fe80::1%eth0'],
  ['dnsServers', '[10.0.0.2]:53'],
  ['dnsServers', '10.0.0.2,'],
  ['proxyUrl', 'proxy:3128'],
  ['proxyUrl', 'https://proxy'],
  ['proxyUrl', 'http://proxy/path'],
  ['proxyUrl', 'http://u:%zz@proxy'],
  ['proxyUrl', 'socks4://proxy'],
  ['proxyUrl', 'socks5:///'],
  ['proxyUrl', `socks5://${'u'.repeat(256)}@proxy`],
  ['caFile', ' '],
  ['svixHeaders', 'maybe'],
];

test.each(refused)('%s refuses %j', (name, text) => {
  expect(SETTINGS[name].type.parse(text)).toBeUndefined();
});
