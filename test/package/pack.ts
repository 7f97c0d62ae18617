import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
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
  'bench/README.md',
  'bin',
  'deploy',
  'docs',
  'llms.txt',
  'faces',
  'src',
];

export interface Packed {
  /** The copy of the repository that it was packed from. */
  readonly source: string;
  /** The path of the archive. */
  readonly tarball: string;
  /** The paths in the package. */
  readonly files: readonly string[];
}

/** Builds and packs the package in a copy in `folder`: other tests run the repository's build meanwhile. */
export async function pack(folder: string): Promise<Packed> {
  const source = join(folder, 'source');
  mkdirSync(source);
  const filter = (path: string) => !path.endsWith('node_modules');
  for (const name of SOURCES) {
    cpSync(join(ROOT, name), join(source, name), { recursive: true, filter });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(source, 'node_modules'));
  const output = await npm(
    source,
    'pack',
    '--json',
    '--foreground-scripts=false',
    '--pack-destination',
    folder,
  );
  const [packed] = JSON.parse(output) as [{ filename: string; files: { path: string }[] }];
  return {
    source,
    tarball: join(folder, packed.filename),
    files: packed.files.map(({ path }) => path),
  };
}

/** What npm prints. */
export async function npm(cwd: string, ...args: string[]): Promise<string> {
  // What npm tells its scripts of this project would reach into the other one.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_(?!config_)|NODE_)/i.test(name)),
  );
  const { stdout } = await promisify(execFile)('npm', args, { cwd, env });
  return stdout;
}
