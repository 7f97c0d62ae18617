import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { contextFiles } from './build-context.ts';
import { type Instruction, ROOT, type Stage, imageConfig } from './dockerfile.ts';

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;

/** A container of a stage, as far as folders can be one. */
export interface Container {
  /** Where a path of the container is on this machine. */
  path(inside: string): string;
  /** Starts a program in it, as the user of the image when this process may become that user. */
  start(command: readonly string[], env?: Readonly<Record<string, string>>): Running;
}

export interface Running {
  readonly output: () => string;
  readonly isRunning: () => boolean;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  kill(signal: NodeJS.Signals): void;
}

/**
 * Builds stages as an engine does, each in a folder that stands for its file system: COPY sees what
 * .dockerignore leaves of the repository, RUN runs the very command. What it does not have: the
 * base image (commands are this machine's, `node` is the one that runs this), isolation (the
 * absolute paths that the Dockerfile makes are moved into the folder wherever they are named) and,
 * unless this process is root, the change of owner and user.
 */
export function createStageFolders(stages: readonly Stage[]) {
  const scratch = mkdtempSync(join(tmpdir(), 'posthaste-stages-'));
  chmodSync(scratch, 0o755);
  const bin = join(scratch, 'bin');
  mkdirSync(bin);
  // Where the user of an image may execute it, wherever the repository is.
  copyFileSync(process.execPath, join(bin, 'node'));
  for (const name of ['home', 'tmp']) mkdirSync(join(scratch, name));
  chmodSync(join(scratch, 'tmp'), 0o1777);

  const path = [bin, process.env['PATH']].join(delimiter);
  const files = contextFiles();
  const built = new Map<string, Promise<string>>();
  const absolute = [...new Set(stages.flatMap((stage) => made(imageConfig(stage))))];
  const ofImage = new RegExp(`(?<![\\w./])(?:${absolute.join('|')})(?![\\w.-])`, 'g');

  const moved = (text: string, folder: string) => text.replaceAll(ofImage, (at) => folder + at);

  function build(stage: Stage): Promise<string> {
    const folder = built.get(stage.name) ?? make(stage);
    built.set(stage.name, folder);
    return folder;
  }

  async function make(stage: Stage): Promise<string> {
    const folder = join(scratch, stage.name);
    // Links, not copies: no step edits a file in place.
    if (stage.parent) await run('cp', ['-al', await build(stage.parent), folder]);
    else mkdirSync(folder);
    for (const [i, instruction] of stage.instructions.entries()) {
      const { env, workdir } = imageConfig({
        ...stage,
        instructions: stage.instructions.slice(0, i + 1),
      });
      const cwd = join(folder, workdir);
      mkdirSync(cwd, { recursive: true });
      if (instruction.keyword === 'COPY') await copy(instruction, cwd);
      if (instruction.keyword === 'RUN') {
        const command = (isRoot ? '' : 'chown() { :; }; ') + moved(instruction.text, folder);
        const settings = { ...outside(), ...movedEnv(env, folder), PATH: path };
        await run('/bin/sh', ['-ec', command], { cwd, env: settings, maxBuffer: 2 ** 26 });
      }
    }
    return folder;
  }

  async function copy({ words, flags }: Instruction, cwd: string): Promise<void> {
    const sources = words.slice(0, -1);
    const last = words.at(-1) ?? '';
    const target = join(cwd, last);
    const from = stages.find(({ name }) => name === flags.get('from'));
    if (from) {
      mkdirSync(target, { recursive: true });
      const folder = await build(from);
      for (const source of sources) await run('cp', ['-a', `${join(folder, source)}/.`, target]);
      return;
    }
    for (const source of sources) {
      const isFile = files.includes(source);
      const found = isFile ? [source] : files.filter((file) => file.startsWith(`${source}/`));
      if (found.length === 0) throw new Error(`COPY ${source}: there is no such file`);
      for (const file of found) {
        const name = isFile && last.endsWith('/') ? basename(file) : file.slice(source.length);
        cpSync(fileURLToPath(new URL(file, ROOT)), join(target, name));
      }
    }
  }

  function movedEnv(env: Readonly<Record<string, string>>, folder: string) {
    return Object.fromEntries(Object.entries(env).map(([key, at]) => [key, moved(at, folder)]));
  }

  return {
    async container(stage: Stage): Promise<Container> {
      const folder = await build(stage);
      const { env, workdir, user } = imageConfig(stage);
      const [uid, gid] = user.split(':').map(Number);
      return {
        path: (inside) => join(folder, inside),
        start([command = '', ...args], more = {}) {
          const child = spawn(command, args, {
            cwd: join(folder, workdir),
            env: {
              ...movedEnv(env, folder),
              PATH: path,
              HOME: join(scratch, 'home'),
              TMPDIR: join(scratch, 'tmp'),
              ...more,
            },
            stdio: ['ignore', 'pipe', 'pipe'],
            ...(isRoot && { uid, gid }),
          });
          let output = '';
          for (const stream of [child.stdout, child.stderr]) {
            stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
          }
          return {
            output: () => output,
            isRunning: () => child.exitCode === null && child.signalCode === null,
            ended: once(child, 'close').then(([code, signal]) => code ?? signal),
            kill: (signal) => void child.kill(signal),
          };
        },
      };
    },
    remove: () => rmSync(scratch, { recursive: true, force: true }),
  };
}

/** The absolute paths that do not come with the base image. */
function made({ workdir, volumes }: { workdir: string; volumes: readonly string[] }): string[] {
  return [workdir, ...volumes].filter((path) => path !== '/');
}

/** What the network needs here; nothing else of this environment reaches a build. */
function outside(): Record<string, string> {
  const names = /^(HOME|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|(http|https|no)_proxy)$/i;
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      names.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  );
}
