import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const REQUIREMENTS = fileURLToPath(new URL('../e2e/svix-python/requirements.txt', import.meta.url));
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/svix-python/', import.meta.url));
const INSTALL_DEADLINE_MS = 120_000;

export interface SvixPython {
  /** The path of the interpreter. */
  readonly python: string;
  /** By version of `svix`, the folder of its modules, for PYTHONPATH. */
  readonly modules: ReadonlyMap<string, string>;
}

/**
 * Installs versions of the Python package `svix` beside each other. Later calls with the same Python find them in the
 * cache. Throws without Python or pip, or when pip fails.
 */
export async function installSvixPython(versions: readonly string[]): Promise<SvixPython> {
  // The path of the real interpreter: `python3` may be a script of the version manager pyenv, which fails when two
  // installations by pip run at once, or when its own folder is read-only.
  const { stdout } = await execute('python3', ['-c', 'import sys; print(sys.executable)']);
  const python = stdout.trim();
  const { stdout: version } = await execute(python, ['-VV']);
  await execute(python, ['-m', 'pip', '--version']);
  const key = createHash('sha256')
    .update(`${version}\n${versions.join()}\n${await readFile(REQUIREMENTS, 'utf8')}`)
    .digest('hex')
    .slice(0, 16);
  const folder = join(CACHE, key);
  if (!existsSync(folder)) {
    // Renamed when it is complete, so that an interrupted installation is not taken for a complete one.
    const unfinished = `${folder}-${process.pid}`;
    await mkdir(unfinished, { recursive: true });
    try {
      await Promise.all([
        install(python, join(unfinished, 'shared'), '--requirement', REQUIREMENTS),
        ...versions.map((version) =>
          install(python, join(unfinished, version), `svix==${version}`),
        ),
      ]);
      await rename(unfinished, folder);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  const modules = versions.map(
    (version) =>
      [version, [join(folder, version), join(folder, 'shared')].join(delimiter)] as const,
  );
  return { python, modules: new Map(modules) };
}

/** Installs into a plain folder: making a virtual environment would take seconds. */
async function install(python: string, target: string, ...what: string[]): Promise<void> {
  const options = ['--quiet', '--no-input', '--disable-pip-version-check', '--no-deps'];
  await execute(python, ['-m', 'pip', 'install', ...options, '--target', target, ...what], {
    timeout: INSTALL_DEADLINE_MS,
    env: { ...process.env, PIP_NO_COMPILE: '1', PIP_ROOT_USER_ACTION: 'ignore' },
  });
}
