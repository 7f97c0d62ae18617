import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { chown, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { freePorts } from './free-ports.ts';

const VERSIONS = '/usr/lib/postgresql';
const BOOT_DEADLINE_MS = 60_000;

export interface PostgresOptions {
  /** False: a commit does not wait for the disk, so a crash of the machine loses data. */
  readonly durable?: boolean;
  /** Further settings, named as in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Takes connections over TLS too, with this certificate and key. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** A PostgreSQL that one test file owns: tests may kill and freeze it. */
export interface PostgresServer {
  /** The URL of the database `postgres`. Never changes: `kill` and `restart` keep the port. */
  readonly url: string;
  /** Creates an empty database and returns its URL. */
  createDatabase(): Promise<string>;
  /** Ends the server and its sessions with SIGKILL; its data stays. */
  kill(): Promise<void>;
  /** Starts the server again with its data; a running one is ended first. */
  restart(): Promise<void>;
  /** Suspends the server until `thaw`: it takes no new connections and finishes no statement. */
  freeze(): void;
  thaw(): void;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
  readonly pid: number | undefined;
}

/** The folder with the programs of the newest installed version. */
export function newestBin(): string | null {
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
  const { durable = true, settings = {}, tls } = options;
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
    ...(tls && {
      ssl: 'on',
      ssl_cert_file: join(folder, 'cert'),
      ssl_key_file: join(folder, 'key'),
    }),
    ...settings,
  };
  if (tls) {
    for (const name of ['cert', 'key'] as const) {
      await writeFile(join(folder, name), tls[name], { mode: 0o600 });
      if (user) await chown(join(folder, name), user.uid, user.gid);
    }
  }
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
      signalAll(server, 'SIGKILL');
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
        // For a moment the sessions of the killed server may still hold its shared memory.
        else if (Date.now() < deadline) await delay(100);
        else throw new Error(`PostgreSQL did not start:\n${await tailOf(logPath)}`);
      }
    },

    freeze: () => signalAll(server, 'SIGSTOP'),
    thaw: () => signalAll(server, 'SIGCONT'),

    async stop() {
      // SIGQUIT is the immediate shutdown: the main process ends after the processes of its sessions.
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

/**
 * Creates a database, empty or a copy of `template`, to which nobody may be connected. Returns its URL. Its sessions
 * begin with other settings than PostgreSQL's own, as an administrator may have chosen them.
 */
export async function createDatabase(serverUrl: string, template?: string): Promise<string> {
  const name = `posthaste_${randomUUID().replaceAll('-', '')}`;
  const like = template === undefined ? '' : ` template ${nameOf(template)}`;
  await query(serverUrl, `create database ${name}${like}`);
  const set = UNUSUAL.map((setting) => `alter database ${name} set ${setting}`);
  await query(serverUrl, set.join('; '));
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

const UNUSUAL = [
  `default_transaction_isolation = 'serializable'`,
  `timezone = 'Asia/Kathmandu'`,
  `datestyle = 'SQL, DMY'`,
  `intervalstyle = 'sql_standard'`,
  `bytea_output = 'escape'`,
  'standard_conforming_strings = off',
  'extra_float_digits = -10',
];

export async function dropDatabase(serverUrl: string, url: string): Promise<void> {
  await query(serverUrl, `drop database ${nameOf(url)} with (force)`);
}

function nameOf(databaseUrl: string): string {
  return new URL(databaseUrl).pathname.slice(1);
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

/** PostgreSQL and PgBouncer refuse to run as root; the package of PostgreSQL brings a user. */
export function unprivilegedUser(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, name], { stdio: 'pipe' }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // This user does not exist.
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

/** Each session has a process of its own, which outlives the main process for a moment and goes on working. */
function signalAll(server: ChildProcess | undefined, signal: NodeJS.Signals): void {
  if (!server?.pid || server.exitCode !== null || server.signalCode !== null) return;
  const sessions = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'latin1');
  server.kill(signal);
  for (const pid of sessions.trim().split(' ').filter(Boolean)) {
    try {
      process.kill(Number(pid), signal);
    } catch {
      // The session has ended.
    }
  }
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
