import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { waitFor } from './wait-for.ts';

const COMMAND = fileURLToPath(new URL('../../bin/posthaste', import.meta.url));

export interface ServerProcess {
  readonly url: string;
  readonly output: () => string;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  signal(name: NodeJS.Signals): void;
  /** Ends the process with SIGKILL and waits until it has ended. */
  kill(): Promise<void>;
}

/**
 * Starts `posthaste serve` as a process. Resolves once the server answers; at once for a worker, which has no HTTP.
 * The process is killed when the test ends; a hook, which belongs to no test, passes another `atEnd`.
 * `openFiles` limits how many files it may have open.
 */
export async function startServer(
  env: Record<string, string>,
  port: number,
  atEnd: (kill: () => Promise<void>) => void = onTestFinished,
  openFiles?: number,
): Promise<ServerProcess> {
  const limited =
    openFiles === undefined ? [] : ['sh', '-c', `ulimit -n ${openFiles}; exec "$@"`, 'sh'];
  const program = [process.execPath, COMMAND, 'serve'];
  const [first = process.execPath, ...rest] = limited.concat(program);
  const child: ChildProcess = spawn(first, rest, {
    env: { PATH: process.env['PATH'], POSTHASTE_PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  atEnd(kill);
  const url = `http://127.0.0.1:${port}`;
  const listens = env['POSTHASTE_ROLES'] !== 'worker';
  await waitFor(
    async () => {
      if (!listens) return true;
      if (child.exitCode !== null) throw new Error(`the server ended: ${output}`);
      // A stopping server waits for idle connections, so the probe leaves none.
      const headers = { connection: 'close' };
      const answer = await fetch(`${url}/api/v1/health`, { headers }).catch(() => null);
      return answer?.status === 204;
    },
    'the server to answer',
    30_000,
  );
  return {
    url,
    output: () => output,
    ended,
    signal: (name) => void child.kill(name),
    kill,
  };
}
