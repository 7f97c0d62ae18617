import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { childEnvironment } from '@posthaste/test-support/child-environment';
import { freePorts } from '@posthaste/test-support/free-ports';
import { waitFor } from '@posthaste/test-support/wait-for';
import { temporaryFolder } from './start.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');

/** The program as a process of its own, once customers can register. */
export async function startProcess(environment: Record<string, string> = {}) {
  const [port = 0] = await freePorts(1);
  const provider = run(['--server-port', String(port)], { INTERVAL_MS: '50', ...environment });
  await waitFor(() => provider.output().includes('customers register at'), 'the start', 30_000);
  return { ...provider, url: `http://localhost:${port}` };
}

/** The program with its files in a folder of its own, unless the environment names others. */
export function run(flags: string[], environment: Record<string, string> = {}) {
  const folder = temporaryFolder();
  const logFile = join(folder, 'provider.log');
  const child: ChildProcess = spawn(
    process.execPath,
    ['--conditions=posthaste-source', MAIN, ...flags],
    {
      cwd: folder,
      env: childEnvironment({
        SQLITE_FILE: join(folder, 'registry.db'),
        LOG_FILE: logFile,
        ...environment,
      }),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  return { child, logFile, ended, output: () => output };
}
