import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { chown, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe } from 'vitest';
import { installDebianPackages } from './debian.ts';
import { freePorts } from './free-ports.ts';

const VERSIONS = '/usr/lib/postgresql';
const BOOT_DEADLINE_MS = 60_000;

export interface PostgresOptions {
  /** False: a crash of the machine would lose data, and a commit costs no write to the disk. */
  readonly durable?: boolean;
  /** Further settings, as of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A PostgreSQL of a test's own, with which it may do as it likes. */
export interface PostgresServer {
  /** Of the database `postgres`. The same throughout: `kill` and `restart` keep the port. */
  readonly url: string;
  /** Creates an empty database and answers its URL. */
  createDatabase(): Promise<string>;
  /** Ends the server with SIGKILL; its data stays. */
  kill(): Promise<void>;
  /** Starts it again with its data, ending it first if it runs. */
  restart(): Promise<void>;
  /** It answers nothing on new connections and finishes nothing on old ones, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
  readonly pid: number | undefined;
}

/**
 * A `describe` whose tests use a PostgreSQL:
 *
 * ```
 * describeWithPostgres('migrations', (createDatabase) => {
 *   it('…', async () => { migrate(await createDatabase()) … });
 * });
 * ```
 *
 * Databases are made on the server that TEST_POSTGRES_URL names, whose user must be allowed to, or
 * else on a private instance of Debian's postgresql, installed first where that may be done; it
 * starts once per test file, in about two seconds, and ends with it. Where there is no PostgreSQL the
 * tests are skipped and say so; with CI=true they fail.
 */
export function describeWithPostgres(
  name: string,
  tests: (createDatabase: () => Promise<string>) => void,
): void {
  const given = process.env['TEST_POSTGRES_URL'];
  if (!given) {
    describeWithPostgresServer(name, { durable: false }, (server) =>
      tests(() => server().createDatabase()),
    );
    return;
  }
  const created: string[] = [];
  describeWhen(name, undefined, () => {
    afterAll(async () => {
      for (const url of created) await dropDatabase(given, url);
    });
    tests(async () => {
      const url = await createDatabase(given);
      created.push(url);
      return url;
    });
  });
}

/** The same for tests that kill or restart: always a private instance. */
export function describeWithPostgresServer(
  name: string,
  options: PostgresOptions,
  tests: (server: () => PostgresServer) => void,
): void {
  const missing = whyMissing();
  if (missing && process.env['CI'] === 'true') throw new Error(missing);
  describeWhen(name, missing, () => {
    let server: PostgresServer | undefined;
    beforeAll(async () => {
      server = await startPostgres(options);
    }, BOOT_DEADLINE_MS + 10_000);
    afterAll(() => server?.stop());
    tests(() => {
      if (!server)
        throw new Error('PostgreSQL has not started yet: ask for it in a test or a hook.');
      return server;
    });
  });
}

function describeWhen(name: string, missing: string | undefined, tests: () => void): void {
  const title = missing ? `${name} (${missing})` : name;
  // oxlint-disable-next-line vitest/valid-title, vitest/valid-describe-callback
  describe.skipIf(missing)(title, tests);
}

function whyMissing(): string | undefined {
  if (newestBin() !== null) return undefined;
  const reason = installDebianPackages(['postgresql']);
  return reason && `skipped: no PostgreSQL here; set TEST_POSTGRES_URL or install it (${reason})`;
}

/** The folder of the programs of the newest version that is installed. */
function newestBin(): string | null {
  try {
    const versions = readdirSync(VERSIONS)
      .map(Number)
      .filter((version) => version > 0);
    return versions.length === 0 ? null : join(VERSIONS, String(Math.max(...versions)), 'bin');
  } catch {
    return null;
  }
}

/** Starts a private instance in a temporary folder, listening on 127.0.0.1 only. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const { durable = true, settings = {} } = options;
  const bin = newestBin();
  if (bin === null) throw new Error(`no PostgreSQL in ${VERSIONS}`);
  const folder = await mkdtemp(join(tmpdir(), 'posthaste-postgres-'));
  const [port] = (await freePorts(1)) as [number];
  const user = unprivilegedUser();
  if (user) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const logPath = join(folder, 'server.log');
  const log = await open(logPath, 'a');
  const run = (program: string, args: readonly string[]): ChildProcess =>
    spawn(join(bin, program), args, {
      ...user,
      cwd: folder,
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
      stdio: ['ignore', log.fd, log.fd],
    });
  const all = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    ...(!durable && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...settings,
  };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

  let server: ChildProcess | undefined;
  const killNow = (): void => void server?.kill('SIGKILL');
  process.once('exit', killNow);

  const started: PostgresServer = {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    get pid() {
      return server?.pid;
    },

    createDatabase: () => createDatabase(started.url),

    async kill() {
      await end(server, 'SIGKILL');
      server = undefined;
    },

    async restart() {
      await started.kill();
      const deadline = Date.now() + BOOT_DEADLINE_MS;
      while (server === undefined) {
        const child = run('postgres', ['-D', data, ...flags]);
        const answers = await untilAnswering(child, started.url, deadline);
        if (answers) server = child;
        // The processes of the one that was killed may hold its memory for a moment.
        else if (Date.now() < deadline) await delay(100);
        else throw new Error(`PostgreSQL did not start:\n${await tailOf(logPath)}`);
      }
    },

    freeze: () => void server?.kill('SIGSTOP'),
    thaw: () => void server?.kill('SIGCONT'),

    async stop() {
      // An immediate shutdown: the processes of the sessions end before it does.
      await end(server, 'SIGQUIT');
      process.off('exit', killNow);
      await log.close();
      await rm(folder, { recursive: true, force: true });
    },
  };

  try {
    await finished(
      run('initdb', [
        `--pgdata=${data}`,
        '--username=postgres',
        '--auth=trust',
        '--no-sync',
        '--encoding=UTF8',
        '--locale=C.UTF-8',
      ]),
    );
    await started.restart();
    return started;
  } catch (cause) {
    const tail = await tailOf(logPath);
    await started.stop();
    throw new Error(`PostgreSQL did not start:\n${tail}`, { cause });
  }
}

async function createDatabase(serverUrl: string): Promise<string> {
  const name = `posthaste_${randomUUID().replaceAll('-', '')}`;
  await query(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function dropDatabase(serverUrl: string, url: string): Promise<void> {
  await query(serverUrl, `drop database ${new URL(url).pathname.slice(1)} with (force)`);
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** PostgreSQL does not run as root; the package brings a user for it. */
function unprivilegedUser(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, name], { stdio: 'pipe' }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // There is no such user.
    }
  }
  throw new Error('neither the user postgres nor nobody exists');
}

async function untilAnswering(
  child: ChildProcess,
  url: string,
  deadline: number,
): Promise<boolean> {
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
      return false;
    try {
      await query(url, 'select 1');
      return true;
    } catch {
      await delay(50);
    }
  }
  return false;
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGCONT');
  if (child.kill(signal)) await exited;
}

async function finished(child: ChildProcess): Promise<void> {
  const code = await new Promise((resolve, reject) => {
    child.once('exit', resolve).once('error', reject);
  });
  if (code !== 0) throw new Error(`initdb ended with ${String(code)}`);
}

async function tailOf(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).split('\n').slice(-40).join('\n');
}
