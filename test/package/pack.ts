import { execFile } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = [
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'rolldown.config.ts',
  'third-party-licences.ts',
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'LICENSE',
  'apps/call-center/README.md',
  'apps/call-provider/README.md',
  'apps/ip-notifier/README.md',
  'apps/kit/README.md',
  'bench/README.md',
  'bin',
  'deploy',
  'docs',
  'llms.txt',
  'faces',
  'src',
];

export interface Packed {
  /** The copy of the repository from which it was packed. */
  readonly source: string;
  /** The path of the archive. */
  readonly tarball: string;
  /** The paths in the package. */
  readonly files: readonly string[];
}

/** One file of each step of the build. */
const BUILT = [
  'dist/index.js',
  'dist/command/cli.js',
  'dist/react/index.js',
  'dist/react/types/faces/react/index.d.ts',
  'dist/faces/console/index.html',
  'dist/faces/portal/index.html',
];

/**
 * Packs the package from a copy of the repository in `folder`, because other tests use the repository's build at the
 * same time. Takes the repository's build if that is newer than all sources, as after `npm ci`, else builds again.
 */
export async function pack(folder: string): Promise<Packed> {
  const source = join(folder, 'source');
  mkdirSync(source);
  const filter = (path: string) => !path.endsWith('node_modules');
  for (const name of SOURCES) {
    cpSync(join(ROOT, name), join(source, name), { recursive: true, filter });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(source, 'node_modules'));
  const isBuilt = isBuildNewest();
  if (isBuilt) cpSync(join(ROOT, 'dist'), join(source, 'dist'), { recursive: true });
  const build = isBuilt ? '--ignore-scripts' : '--foreground-scripts=false';
  const output = await npm(source, 'pack', '--json', build, '--pack-destination', folder);
  const [packed] = JSON.parse(output) as [{ filename: string; files: { path: string }[] }];
  return {
    source,
    tarball: join(folder, packed.filename),
    files: packed.files.map(({ path }) => path),
  };
}

function isBuildNewest(): boolean {
  const changedAt = (file: string) => statSync(join(ROOT, file)).mtimeMs;
  if (!BUILT.every((file) => existsSync(join(ROOT, file)))) return false;
  const builtAt = Math.min(...BUILT.map(changedAt));
  const inputs = [...SOURCES, 'package-lock.json'].flatMap((name) => [
    name,
    ...globSync(`${name}/**`, { cwd: ROOT, exclude: (path) => path.endsWith('node_modules') }),
  ]);
  return inputs.every((file) => changedAt(file) < builtAt);
}

/** Runs npm, and returns its output. */
export async function npm(cwd: string, ...args: string[]): Promise<string> {
  // The variables that npm sets for scripts of this project would affect npm in the other project.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_(?!config_)|NODE_)/i.test(name)),
  );
  const { stdout } = await promisify(execFile)('npm', args, { cwd, env });
  return stdout;
}
