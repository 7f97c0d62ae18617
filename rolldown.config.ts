import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Plugin, defineConfig } from 'rolldown';

/**
 * The command as a few files. Loading some hundred modules one by one costs a start half of its
 * time and an idle server a third of its memory. The library is not bundled: `tsc` builds it.
 */
export default defineConfig({
  input: {
    cli: 'src/cli/cli.ts',
    // The threads of the SQLite backend, which `worker-url.ts` finds by these names.
    'worker/writer': 'src/storage/sqlite/worker/writer.ts',
    'worker/reader': 'src/storage/sqlite/worker/reader.ts',
    // That of the sandbox of transformations, found likewise.
    'worker/transform': 'src/delivery/transformation/worker/transform.ts',
  },
  platform: 'node',
  output: {
    dir: 'dist/command',
    format: 'esm',
    cleanDir: true,
    // Names stay, for the sake of stack traces.
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
  },
  plugins: [thirdPartyLicences(), asciiOnly(), referencePage()],
});

/**
 * V8 keeps the source, with two bytes for every character when a single one is beyond Latin-1: this
 * saves 1.6 MB of memory.
 */
function asciiOnly(): Plugin {
  return {
    name: 'ascii-only',
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === 'chunk') chunk.code = chunk.code.replaceAll(/[\u0080-\uffff]/g, escaped);
      }
    },
  };
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The bundle holds other projects' code, whose licences ask to be passed on with it. */
function thirdPartyLicences(): Plugin {
  return {
    name: 'third-party-licences',
    generateBundle() {
      const folders = new Set(
        [...this.getModuleIds()].map(packageFolder).filter((f) => f !== null),
      );
      const texts = [...folders].toSorted().map((folder) => {
        const { name, version, license } = JSON.parse(
          readFileSync(join(folder, 'package.json'), 'utf8'),
        );
        const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
        const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim();
        return `${name} ${version} (${license})\n\n${text}\n`;
      });
      const source = texts.join(`\n${'-'.repeat(72)}\n\n`);
      this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-LICENCES.txt', source });
    },
  };
}

function packageFolder(moduleId: string): string | null {
  if (!moduleId.includes('/node_modules/') || !moduleId.startsWith('/')) return null;
  let folder = dirname(moduleId);
  // Some packages have nameless package.json files in their inner folders.
  while (!isPackage(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

function isPackage(folder: string): boolean {
  const file = join(folder, 'package.json');
  return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name !== undefined;
}

/** What the page of `src/http/reference` loads, compressed: 0.5 MB instead of 1.9. */
function referencePage(): Plugin {
  const folder = join(import.meta.dirname, 'node_modules', 'swagger-ui-dist');
  return {
    name: 'reference-page',
    generateBundle() {
      for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css']) {
        const source = gzipSync(readFileSync(join(folder, name)), { level: 9 });
        this.emitFile({ type: 'asset', fileName: `reference/${name}.gz`, source });
      }
      for (const name of ['LICENSE', 'NOTICE', 'swagger-ui-bundle.js.LICENSE.txt']) {
        const source = readFileSync(join(folder, name), 'utf8');
        this.emitFile({ type: 'asset', fileName: `reference/${name}`, source });
      }
    },
  };
}
