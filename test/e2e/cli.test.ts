import { decodeJwt } from 'jose';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { environmentName, flagName, settingKeys } from '../../src/config/settings.ts';
import { newFolder } from '../support/app.ts';
import { freePorts } from '../support/free-ports.ts';
import { startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

const BIN = fileURLToPath(new URL('../../bin/', import.meta.url));
const SECRET = 'a secret of at least 32 characters';

interface Run {
  readonly child: ChildProcess;
  stdout: string;
  stderr: string;
  readonly ended: Promise<number | NodeJS.Signals>;
}

let folder: string;
const runs: Run[] = [];

beforeEach(() => {
  folder = newFolder();
});
afterEach(async () => {
  for (const { child } of runs) child.kill('SIGKILL');
  await Promise.all(runs.splice(0).map(({ ended }) => ended));
  rmSync(folder, { recursive: true, force: true });
});

function start(
  argv: readonly string[],
  env: Record<string, string> = {},
  stdout: 'pipe' | number = 'pipe',
): Run {
  const child = spawn(process.execPath, [...argv], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', stdout, 'pipe'],
  });
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  const run: Run = { child, stdout: '', stderr: '', ended };
  child.stdout?.on('data', (chunk: Buffer) => (run.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (run.stderr += chunk.toString()));
  runs.push(run);
  return run;
}

function posthaste(line: string, env?: Record<string, string>): Run {
  return start([join(BIN, 'posthaste'), ...line.split(' ').filter(Boolean)], env);
}

async function finished(
  line: string,
  env?: Record<string, string>,
): Promise<{ code: number | NodeJS.Signals; stdout: string; stderr: string }> {
  const run = posthaste(line, env);
  const code = await run.ended;
  return { code, stdout: run.stdout, stderr: run.stderr };
}

/** Waits until the command prints its address, and returns it. */
function addressOf(run: Run): Promise<string> {
  return waitFor(() => {
    if (run.child.exitCode !== null) throw new Error(run.stdout + run.stderr);
    const ready = /is ready on.*\n|"msg":"ready"/.test(run.stdout);
    return ready && /http:\/\/127\.0\.0\.1:\d+/.exec(run.stdout)?.[0];
  }, 'the server to be ready');
}

function get(address: string, path: string, token: string): Promise<Response> {
  return fetch(`${address}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
}

describe.skipIf(!existsSync('/dev/full'))('on a full disk', () => {
  let full: number;
  beforeEach(() => {
    full = openSync('/dev/full', 'w');
  });
  afterEach(() => closeSync(full));

  test('a command whose output cannot be written: one line, exit code 1', async () => {
    const run = start([join(BIN, 'posthaste'), '--version'], {}, full);
    expect(await run.ended).toBe(1);
    expect(run.stderr).toMatch(/^posthaste: the output cannot be written: ENOSPC[^\n]*\n$/);
  });

  test('dev goes on without its output', async () => {
    const run = start([join(BIN, 'posthaste'), 'dev', '--port', '0'], {}, full);
    const file = (name: string) => join(folder, 'data', name);
    const textOf = (name: string) => existsSync(file(name)) && readFileSync(file(name), 'utf8');
    const [address, token] = await waitFor(() => {
      if (run.child.exitCode !== null) throw new Error(run.stderr);
      const texts = [textOf('dev-url') || '', textOf('dev-token') || ''] as const;
      return !texts.includes('') && texts;
    }, 'the server to be ready');
    expect((await get(address, '/app', token)).status).toBe(200);
    run.child.kill('SIGTERM');
    expect(await run.ended).toBe(0);
    expect(existsSync(file('dev-token'))).toBe(false);
  });
});

test('requests to a server use the proxy of the environment, those to this machine do not', async () => {
  const asked: (string | undefined)[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.url);
    response
      .writeHead(401, { 'content-type': 'application/json' })
      .end('{"detail":"by the proxy"}');
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const { port } = proxy.address() as AddressInfo;
  const env = { http_proxy: `http://127.0.0.1:${port}` };
  const there = await finished('app list --server http://hooks.invalid --token x', env);
  expect(there.stderr).toMatch(/^posthaste: by the proxy \(401\)\n/);
  expect(asked).toEqual(['http://hooks.invalid/api/v1/app']);
  for (const host of ['127.0.0.1', 'localhost']) {
    const { stderr } = await finished(`app list --server http://${host}:2 --token x`, env);
    expect(stderr).toMatch(/ECONNREFUSED.*Is the server running/);
  }
  const exempt = { ...env, NO_PROXY: 'hooks.invalid' };
  const direct = await finished('app list --server http://hooks.invalid --token x', exempt);
  expect(direct.stderr).toMatch(/hooks\.invalid\. Is the name right\?/);
  expect(asked).toHaveLength(1);
  const gone = { HTTP_PROXY: 'http://127.0.0.1:2' };
  const none = await finished('app list --server http://hooks.invalid --token x', gone);
  expect(none.stderr).toMatch(/hooks\.invalid through the proxy: .*ECONNREFUSED/);
  proxy.close();
});

describe('help', () => {
  test('describes the commands and every setting', async () => {
    const { code, stdout } = await finished('--help');
    expect(code).toBe(0);
    for (const command of [
      'dev',
      'serve',
      'migrate',
      'copy',
      'status',
      'export',
      'apply',
      'token',
      'key',
    ])
      expect(stdout).toContain(command);
    for (const key of settingKeys) expect(stdout).toContain(environmentName(key));
  });

  test('of serve has a flag for every setting, and an example', async () => {
    const { code, stdout } = await finished('serve --help');
    expect(code).toBe(0);
    for (const key of settingKeys) expect(stdout).toContain(flagName(key));
    expect(stdout).toContain('$ posthaste serve ');
  });

  test('--version is that of the package', async () => {
    const packageFile = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
    const { version } = JSON.parse(packageFile) as { version: string };
    expect(await finished('--version')).toMatchObject({ code: 0, stdout: `${version}\n` });
  });
});

describe('usage and configuration errors: exit code 2, with advice', () => {
  test.each([
    ['', /Usage: posthaste/],
    ['srve', /unknown command 'srve'\n\(Did you mean serve\?\)/],
    ['serve --nope', /unknown option '--nope'/],
    ['serve', /POSTHASTE_JWT_SECRET is not set; it must be at least 32 characters; `openssl /],
    ['token', /POSTHASTE_JWT_SECRET is not set/],
    [
      'status',
      /No server is configured\..*\n {2}Or set POSTHASTE_JWT_SECRET to the secret of the server/,
    ],
    ['key list', /POSTHASTE_JWT_SECRET is not set/],
    ['key create', /required option '--name <text>' not specified/],
    ['key revoke 17', /an id that begins with key_/],
    ['copy --to postgres://host/name', /required option '--from <url>' not specified/],
    ['copy --from a.db --to name', /copy works only from SQLite to PostgreSQL/],
    ['copy --from mysql:name --to b.db', /--from must be sqlite:PATH, such as .* or postgres:/],
    ['token --app 17', /an id that begins with app_/],
    ['token --expires-in soon', /such as 90s, 15m, 12h or 30d/],
    [
      'dev --port x --concurrency 0',
      /2 settings are wrong:\n {2}- --port .*\n {2}- --concurrency /,
    ],
    ['dev --database-url sqlite:/proc/none/posthaste.db', /cannot be created: ENOENT.*mkdir/],
    ['dev --database-url sqlite:/dev/null/posthaste.db', /cannot be created: EEXIST.*mkdir/],
    ['migrate --database-url sqlite:/proc/posthaste.db', /cannot be created: unable to open/],
    ['migrate --database-url sqlite:/proc', /the database \/proc is a folder; name a file in it/],
    ['dev --ca-file missing.pem', /caFile missing\.pem cannot be read: there is no such file/],
    ['dev --ca-file empty.pem', /caFile empty\.pem holds no certificate in PEM form/],
    ['dev --config none.json', /--config none\.json cannot be read: there is no such file/],
  ])('posthaste %s', async (line, message) => {
    writeFileSync(join(folder, 'empty.pem'), '');
    const { code, stdout, stderr } = await finished(line);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('    at ');
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

test.each(['20.19.0', '24.6.1'])('Node %s is too old: one line says so', async (node) => {
  const pretend = `Object.defineProperty(process,'versions',{value:{node:'${node}'}})`;
  const run = start(['--import', `data:text/javascript,${pretend}`, join(BIN, 'posthaste'), 'dev']);
  expect(await run.ended).toBe(1);
  expect(run.stderr).toMatch(/^posthaste needs Node\.js 24\.7 or later; this is .*\n$/);
});

async function allowedOrigin(address: string): Promise<string | null> {
  const headers = { origin: 'http://localhost:3000' };
  const response = await fetch(`${address}/api/v1/health`, { headers });
  return response.headers.get('access-control-allow-origin');
}

describe('dev', () => {
  test('pages of any origin may use the API, unless the setting says otherwise', async () => {
    expect(await allowedOrigin(await addressOf(posthaste('dev --port 0')))).toBe('*');
    const env = { POSTHASTE_CORS_ORIGINS: '' };
    const command = 'dev --port 0 --database-url sqlite:other.db';
    expect(await allowedOrigin(await addressOf(posthaste(command, env)))).toBeNull();
  });

  test('shows a token for this run, and keeps it in a private file until it stops', async () => {
    const run = posthaste('dev --port 0');
    const address = await addressOf(run);
    const file = join(folder, 'data', 'dev-token');
    const token = await waitFor(() => existsSync(file) && readFileSync(file, 'utf8'));
    expect(run.stdout).toContain(token);
    expect(run.stdout).toContain('npm run demo');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await get(address, '/app', token)).status).toBe(200);

    run.child.kill('SIGTERM');
    expect(await run.ended).toBe(0);
    expect(run.stdout).toMatch(/stopping:.*\n.*stopped\n$/);
    expect(existsSync(file)).toBe(false);
  });

  test('the demo shows the webhooks of one call, one of them after a failure, and ends', async () => {
    const address = await addressOf(posthaste('dev --port 0'));
    const demo = start([join(BIN, 'demo.ts'), address]);
    expect(await demo.ended).toBe(0);
    expect(demo.stderr).toBe('');
    expect(demo.stdout.match(/verified {3}200/g)).toHaveLength(7);
    expect(demo.stdout).toMatch(/call\.waiting +1 +verified +500/);
    expect(demo.stdout).toMatch(/call\.waiting +2 +verified +200/);
    expect(demo.stdout).toMatch(/attempt 1 .* answered 500.*\n.*attempt 2 .* answered 200/);
  });

  test('the demo without a server says what to do', async () => {
    const demo = start([join(BIN, 'demo.ts')]);
    expect(await demo.ended).toBe(1);
    expect(demo.stderr).toContain('npm start');
  });
});

describe('serve', () => {
  const env = { POSTHASTE_JWT_SECRET: SECRET, POSTHASTE_PORT: '0' };

  test('does not load the fetch of Node.js, which would take a fifth of the start', async () => {
    const tell = `process.getBuiltinModule('worker_threads').isMainThread &&
      process.once('exit', () => console.error('loaded: ' + process.moduleLoadList))`;
    const run = posthaste('serve', {
      ...env,
      POSTHASTE_METRICS_PORT: '0',
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(tell)}`,
    });
    await addressOf(run);
    run.child.kill('SIGTERM');
    await run.ended;
    const loaded = /^loaded: (.*)$/m.exec(run.stderr)?.[1]?.split(',');
    expect(loaded).toContain('NativeModule _http_server');
    expect(loaded).not.toContain('NativeModule internal/deps/undici/undici');
  });

  test('logs JSON lines, accepts tokens of posthaste token, and stops cleanly', async () => {
    const run = posthaste('serve', env);
    const address = await addressOf(run);
    expect(await allowedOrigin(address)).toBeNull();
    const issued = await finished('token --expires-in 1h', env);
    expect(issued.code).toBe(0);
    expect((await get(address, '/app', issued.stdout.trim())).status).toBe(200);
    const portal = await finished('token --app app_1', env);
    expect((await get(address, '/app', portal.stdout.trim())).status).toBe(403);

    expect(await finished('token --feature-flag beta', env)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--feature-flag needs --app'),
    });
    const flagged = await finished('token --app app_1 --feature-flag beta other', env);
    expect(decodeJwt(flagged.stdout.trim())).toMatchObject({ featureFlags: ['beta', 'other'] });

    expect(await finished('token --app app_1 --capability All', env)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/'All' is invalid\. Allowed choices are ViewBase, View/),
    });
    const viewing = await finished('token --app app_1 --capability ViewBase', env);
    expect(decodeJwt(viewing.stdout.trim())).toMatchObject({ capabilities: ['ViewBase'] });

    const made = await finished(`key create --url ${address} --name k --scope read`, env);
    const key = made.stdout.trim();
    expect((await get(address, '/app', key)).status).toBe(200);
    const listed = await finished(`key list --url ${address}`, env);
    expect(listed.stdout).toMatch(/^ID +NAME +KEY/);
    const [id = ''] = /key_\w+/.exec(listed.stdout) ?? [];
    expect(await finished(`key revoke ${id} --url ${address}`, env)).toMatchObject({ code: 0 });
    expect((await get(address, '/app', key)).status).toBe(401);

    const { stdout: table } = await finished(`status --url ${address}`, env);
    expect(table).toMatch(/^PROCESS +NAME +ROLES/);
    expect(table).toContain('not needed  256');
    expect(table).toContain('0 deliveries wait');
    const { stdout: json } = await finished(`status --url ${address} --json`, env);
    expect(JSON.parse(json)).toMatchObject({
      processes: [{ roles: ['api', 'worker'], isAlive: true, leaseUntil: null, ownedShards: 256 }],
      backlog: { waiting: 0, oldestDueAt: null, lateMs: 0 },
    });

    const endpoints = [{ uid: 'hook', url: 'https://example.com/' }];
    const document = { applications: [{ uid: 'acme', name: 'Acme', endpoints }] };
    writeFileSync(join(folder, 'wanted.json'), JSON.stringify(document));
    const apply = (more: string) => finished(`apply wanted.json --url ${address} ${more}`, env);
    const changes = 'create application acme\ncreate endpoint    acme/hook\n2 created, 0 updated';
    expect((await apply('--dry-run')).stdout).toContain('this was a dry run');
    expect((await apply('')).stdout).toContain(changes);
    expect(await apply('--prune')).toMatchObject({
      code: 0,
      stdout: '0 created, 0 updated, 0 deleted, 2 unchanged\n',
    });
    const exported = await finished(`export --url ${address}`, env);
    expect(JSON.parse(exported.stdout)).toMatchObject({ secrets: 'withheld', ...document });
    writeFileSync(join(folder, 'wanted.json'), '{"applications":[{"uid":"b"}]}');
    expect(await apply('')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/nothing was changed:\n {2}applications\.0\.name is required/),
    });

    run.child.kill('SIGINT');
    expect(await run.ended).toBe(0);
    const lines = run.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string });
    expect(lines.map(({ msg }) => msg)).toEqual([
      expect.stringContaining('POSTHASTE_SECRETS_KEY is not set'),
      'ready',
      expect.stringMatching(/^stopping/),
      'stopped',
    ]);
    expect(run.stderr).toBe('');
  });

  test('status names the address where nothing answers', async () => {
    const { code, stderr } = await finished('status --url http://127.0.0.1:2', env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^posthaste: no answer from http:\/\/127.0.0.1:2: /);
  });

  test.runIf(process.platform === 'linux')(
    'sets the flags of V8 and the bound of heaps of malloc without starting another process',
    async () => {
      const run = start(['--trace-warnings', join(BIN, 'posthaste'), 'serve'], env);
      await addressOf(run);
      const argv = readFileSync(`/proc/${run.child.pid}/cmdline`, 'utf8').split('\0');
      expect(argv.slice(1)).toEqual([
        '--expose-gc',
        '--no-allocation-site-pretenuring',
        '--max-semi-space-size=16',
        '--disable-warning=ExperimentalWarning',
        '--trace-warnings',
        join(BIN, 'posthaste'),
        'serve',
        '',
      ]);
      const variables = readFileSync(`/proc/${run.child.pid}/environ`, 'utf8').split('\0');
      expect(variables).toContain('MALLOC_ARENA_MAX=2');
      expect(run.stderr).toBe('');
    },
  );

  test('a port that is in use: one line, exit code 1', async () => {
    const receiver = await startReceiver();
    const { code, stderr } = await finished(`serve --port ${receiver.port}`, env);
    await receiver.close();
    expect(stderr).toBe(
      `posthaste: port ${receiver.port} on 127.0.0.1 is in use; stop the program that listens there, or choose another port with --port\n`,
    );
    expect(code).toBe(1);
  });

  test('a malformed certificate in caFile: one line, exit code 2', async () => {
    const pem = '-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n';
    writeFileSync(join(folder, 'authorities.pem'), pem);
    const { code, stderr } = await finished('serve --ca-file authorities.pem', env);
    expect(stderr).toContain('caFile authorities.pem: certificate 1 of 1 is malformed');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(2);
  });

  test('a database of a newer version: one line, exit code 2', async () => {
    await finished('migrate');
    const db = new DatabaseSync(join(folder, 'data', 'posthaste.db'));
    db.exec('update schema_version set version = 1000');
    db.close();
    for (const line of ['serve', 'migrate']) {
      const { code, stderr } = await finished(line, env);
      expect(stderr).toMatch(/^posthaste: the database .* has schema version 1000, .*\n$/);
      expect(code).toBe(2);
    }
  });

  test('a database that is open elsewhere: one line, exit code 1', async () => {
    await addressOf(posthaste('serve', env));
    const { code, stderr } = await finished('serve', env);
    expect(stderr).toMatch(/^posthaste: another process has the database .* open\n$/);
    expect(code).toBe(1);
  });

  test.skipIf(!existsSync('/dev/full'))(
    'works and stops although the disk of its log is full',
    async () => {
      const [port = 0] = await freePorts(1);
      const output = openSync('/dev/full', 'w');
      const server = spawn(process.execPath, [join(BIN, 'posthaste'), 'serve'], {
        cwd: folder,
        env: { PATH: process.env['PATH'], ...env, POSTHASTE_PORT: String(port) },
        stdio: ['ignore', output, 'inherit'],
      });
      onTestFinished(() => void server.kill('SIGKILL'));
      closeSync(output);
      const ended = once(server, 'exit');
      await waitFor(async () => {
        const answer = await fetch(`http://127.0.0.1:${port}/api/v1/health`).catch(() => null);
        return answer?.ok;
      }, 'the server to be healthy');
      server.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    },
  );

  test('a server that waits for its database stops at once', async () => {
    const databaseUrl = 'postgres://nobody@127.0.0.1:1/none';
    const run = posthaste('serve', { ...env, POSTHASTE_DATABASE_URL: databaseUrl });
    await waitFor(() => run.stdout.includes('still starting'), 'the start to take long', 20_000);
    run.child.kill('SIGTERM');
    expect(await run.ended).toBe(0);
    expect(run.stdout).toMatch(/"msg":"stopped"/);
    expect(run.stderr).toBe('');
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('a second %s exits at once with %i', async (signal, code) => {
    const receiver = await startReceiver();
    receiver.answer = () => {};
    const run = posthaste('serve --allow-networks 127.0.0.1', env);
    const address = await addressOf(run);
    const token = (await finished('token', env)).stdout.trim();
    const post = (path: string, body: unknown): Promise<Response> =>
      fetch(`${address}/api/v1${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    await post('/app', { name: 'Acme', uid: 'acme' });
    await post('/app/acme/endpoint', { url: receiver.url });
    await post('/app/acme/msg', { eventType: 'a', payload: {} });
    await waitFor(() => receiver.received.length === 1, 'the attempt that hangs');

    run.child.kill(signal);
    await waitFor(() => run.stdout.includes('stopping'));
    // One Ctrl-C in a terminal sends two signals, which count as one.
    const again = setInterval(() => run.child.kill(signal), 100);
    expect(await run.ended.finally(() => clearInterval(again))).toBe(code);
    await receiver.close();
  });
});

test('migrate --dry-run prints the SQL of pending migrations, else nothing', async () => {
  const { code, stdout } = await finished('migrate --dry-run');
  expect(code).toBe(0);
  expect(stdout).toContain('create table application');
  expect(existsSync(join(folder, 'data'))).toBe(false);
  await finished('migrate');
  expect(await finished('migrate --dry-run')).toMatchObject({ code: 0, stdout: '' });
});

test('migrate says from and to', async () => {
  expect(await finished('migrate')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /^\.\/data\/posthaste\.db was migrated from schema version 0 to \d+\n$/,
    ),
  });
  expect((await finished('migrate')).stdout).toMatch(/already has schema version \d+\n$/);
});
