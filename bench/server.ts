import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SignJWT } from 'jose';
import { endChild, endWithUs } from './child.ts';

export interface ServerOptions {
  readonly directory: string;
  /** Environment variables in addition to those of every benchmark. */
  readonly settings: Readonly<Record<string, string>>;
  /** The repository whose `bin/posthaste` is started. */
  readonly checkout: string;
  /** The directory for a CPU profile of each thread, written at the stop; null: no profiles. */
  readonly profileDirectory: string | null;
}

/** A process of `posthaste serve`, seen from outside. */
export interface Server {
  readonly port: number;
  readonly token: string;
  /** The organization of the token. */
  readonly organizationId: string;
  /** From the start of the process to the first 204 of its health check. */
  readonly readyMs: number;
  /** Throws with the last output when the process has ended. */
  assertRunning(): void;
  /** User and system time of all threads since the start. */
  cpuMicros(): Promise<number>;
  memory(): Promise<{ rssBytes: number; peakRssBytes: number }>;
  /** Waits until the process is idle. */
  settled(): Promise<void>;
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const jwtSecret = 'a secret of the benchmark, long enough for HS256';
const organizationId = 'org_2aBcDeFgHiJkLmNoPqRsTuVwXyZ';

export async function startServer(options: ServerOptions): Promise<Server> {
  const port = await freePort();
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(organizationId)
    .setIssuedAt()
    .setExpirationTime('1d')
    .sign(new TextEncoder().encode(jwtSecret));

  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [...profileFlags(options), join(options.checkout, 'bin/posthaste'), 'serve'],
    {
      cwd: options.directory,
      env: environment(options, port),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  endWithUs(child);
  const output = lastOutput(child);

  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    // The caller names the documented type of the answer.
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };

  const assertRunning = () => {
    if (child.exitCode === null && child.signalCode === null) return;
    throw new Error(`the server ended (${child.signalCode ?? child.exitCode}): ${output()}`);
  };

  const cpuMicros = async () => {
    assertRunning();
    const fields = afterCommandName(await readFile(`/proc/${child.pid}/stat`, 'latin1'));
    return (Number(fields[11]) + Number(fields[12])) * microsPerTick;
  };

  const ready = async () => {
    for (;;) {
      assertRunning();
      const isReady = await call('GET', '/health').then(
        () => true,
        () => false,
      );
      if (isReady) return performance.now() - startedAt;
      if (performance.now() - startedAt > 60_000) throw new Error(`not ready: ${output()}`);
      await pause(5);
    }
  };

  return {
    port,
    token,
    organizationId,
    readyMs: await ready(),
    assertRunning,
    cpuMicros,
    async memory() {
      assertRunning();
      const status = await readFile(`/proc/${child.pid}/status`, 'latin1');
      const bytes = (name: string) =>
        Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) * 1024;
      return { rssBytes: bytes('VmRSS'), peakRssBytes: bytes('VmHWM') };
    },
    async settled() {
      // A process with a profiler is never idle.
      if (options.profileDirectory !== null) return pause(1000);
      const deadline = performance.now() + 60_000;
      let last = await cpuMicros();
      for (let quiet = 0; quiet < 3;) {
        if (performance.now() > deadline) throw new Error('the server did not come to rest');
        await pause(200);
        const now = await cpuMicros();
        quiet = now - last <= microsPerTick ? quiet + 1 : 0;
        last = now;
      }
    },
    call,
    stop: (signal = 'SIGTERM') => endChild(child, signal, 30_000),
  };
}

/** /proc counts in hundredths of a second (USER_HZ). */
const microsPerTick = 10_000;

function environment(options: ServerOptions, port: number): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('POSTHASTE_'));
  return {
    ...Object.fromEntries(inherited),
    POSTHASTE_PORT: String(port),
    POSTHASTE_DATABASE_URL: `sqlite:${options.directory}/posthaste.db`,
    POSTHASTE_JWT_SECRET: jwtSecret,
    POSTHASTE_ALLOW_NETWORKS: '127.0.0.0/8',
    ...options.settings,
  };
}

/** The settings for throughput: as many requests in flight as the ceiling has. */
export function throughputSettings(concurrency: number): Record<string, string> {
  return {
    POSTHASTE_CONCURRENCY: String(concurrency),
    POSTHASTE_ENDPOINT_CONCURRENCY: String(concurrency),
    // Failed deliveries are retried soon after an endpoint is back, and none is exhausted.
    POSTHASTE_RETRY_SCHEDULE: Array.from({ length: 100 }, () => 10).join(','),
    POSTHASTE_LOG_LEVEL: 'error',
  };
}

function profileFlags({ checkout, profileDirectory }: ServerOptions): string[] {
  if (profileDirectory === null) return [];
  // With these flags bin/posthaste need not replace the process: a signal of the profiler that arrived during the
  // replacement would end the process.
  const command = readFileSync(join(checkout, 'bin/posthaste'), 'utf8');
  const flags = command.match(/(?<=^ {2}')--[^']+(?=',$)/gm);
  if (flags === null) throw new Error('bin/posthaste has no flags of V8');
  return [...flags, '--cpu-prof', `--cpu-prof-dir=${profileDirectory}`];
}

/** The fields of /proc/PID/stat from the third on; the second is a name, which may have spaces. */
function afterCommandName(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function lastOutput(child: ChildProcess): () => string {
  let text = '';
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-4000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => text;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
