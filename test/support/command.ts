import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { runCommand } from '../../src/cli/cli.ts';
import { newFolder } from './app.ts';

/** Runs the command in this process, as a developer runs it in a folder; the folder is temporary. */
export interface CommandFolder {
  readonly folder: string;
  /** Runs the command to its end. */
  run(argv: readonly string[], how?: RunOptions): Promise<Finished>;
  /** Starts a command that runs until `stop`. */
  start(argv: readonly string[], how?: RunOptions): Running;
  /** Makes the folder look as if `posthaste dev` ran in it with this address and token. */
  knows(address: string, token: string): void;
  /** Ends the commands that still run, and removes the folder. */
  close(): Promise<void>;
}

export interface RunOptions {
  readonly stdin?: string | Readable;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  stdout: string;
  stderr: string;
  /** Stops the command and returns its exit code. */
  stop(): Promise<number>;
}

export function openCommandFolder(): CommandFolder {
  const folder = newFolder();
  const running: Running[] = [];

  function start(argv: readonly string[], { stdin = '', env = {} }: RunOptions = {}): Running {
    const stopped = new AbortController();
    const one: Running = {
      stdout: '',
      stderr: '',
      stop() {
        stopped.abort();
        return ended;
      },
    };
    const ended = runCommand(['node', 'posthaste', ...argv], {
      out: (text) => (one.stdout += text),
      err: (text) => (one.stderr += text),
      stdin: typeof stdin === 'string' ? Readable.from([stdin]) : stdin,
      columns: () => Infinity,
      env: { HOME: folder, XDG_CONFIG_HOME: join(folder, 'config'), ...env },
      cwd: folder,
      stopped: stopped.signal,
    });
    running.push(one);
    finished.set(one, ended);
    return one;
  }
  const finished = new Map<Running, Promise<number>>();

  return {
    folder,
    start,
    async run(argv, how) {
      const one = start(argv, how);
      const code = (await finished.get(one)) ?? -1;
      return { code, stdout: one.stdout, stderr: one.stderr };
    },
    knows(address, token) {
      mkdirSync(join(folder, 'data'), { recursive: true });
      writeFileSync(join(folder, 'data', 'dev-url'), address);
      writeFileSync(join(folder, 'data', 'dev-token'), token);
    },
    async close() {
      await Promise.all(running.map((one) => one.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
