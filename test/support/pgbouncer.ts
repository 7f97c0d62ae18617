import { type ChildProcess, spawn } from 'node:child_process';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { whyNoProgram } from './debian.ts';
import { freePort } from './free-ports.ts';
import { unprivilegedUser } from './postgres-server.ts';
import { waitFor } from './wait-for.ts';

const PROGRAM = '/usr/sbin/pgbouncer';

export interface Pgbouncer {
  /** The URL that reaches the same database through the pooler. */
  through(databaseUrl: string): string;
  stop(): Promise<void>;
}

/** The reason why PgBouncer is missing and could not be installed. */
export const whyNoPgbouncer = () => whyNoProgram(PROGRAM, 'pgbouncer');

/** A PgBouncer on a free port of the loopback, in front of the PostgreSQL of this URL. */
export async function startPgbouncer(
  serverUrl: string,
  mode: 'session' | 'transaction' | 'statement',
): Promise<Pgbouncer> {
  const server = new URL(serverUrl);
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'posthaste-pgbouncer-'));
  const config = join(folder, 'pgbouncer.ini');
  const log = join(folder, 'log');
  await writeFile(
    config,
    `[databases]
* = host=${server.hostname} port=${server.port} user=${server.username}${server.password && ` password=${server.password}`}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
default_pool_size = 40
logfile = ${log}
`,
  );
  const user = unprivilegedUser();
  if (user) await Promise.all([folder, config].map((path) => chown(path, user.uid, user.gid)));
  const child: ChildProcess = spawn(PROGRAM, ['--quiet', config], { ...user, stdio: 'ignore' });
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  const through = (databaseUrl: string): string => {
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${port}`;
    return url.href;
  };

  try {
    await waitFor(() => answers(through(serverUrl)), 'PgBouncer to answer', 20_000);
  } catch (cause) {
    killNow();
    throw new Error(await readFile(log, 'utf8').catch(() => 'PgBouncer did not start'), { cause });
  }
  return {
    through,
    async stop() {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      // On SIGTERM it closes all connections and ends at once.
      if (child.exitCode === null && child.kill('SIGTERM')) await exited;
      process.off('exit', killNow);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
