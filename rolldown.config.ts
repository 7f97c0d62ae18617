import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Plugin, defineConfig } from 'rolldown';
import { thirdPartyLicences } from './third-party-licences.ts';

/**
 * The command as a few files. Loading some hundred modules one by one costs a start half of its
 * time and an idle server a third of its memory. The library is not bundled: `tsc` builds it.
 */
const command = defineConfig({
  input: {
    cli: 'src/cli/cli.ts',
    // The threads of the SQLite backend, which `worker-url.ts` finds by these names.
    'worker/writer': 'src/storage/sqlite/worker/writer.ts',
    'worker/reader': 'src/storage/sqlite/worker/reader.ts',
    // That of the sandbox of transformations, found likewise.
    'worker/transform': 'src/transformation/worker/transform.ts',
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
 * `posthaste/react`: the hooks of the portal in one file; React is that of whoever uses them. The directive
 * lets server components import it; those of its parts end in the bundle.
 */
const react = defineConfig({
  input: { index: 'faces/react/index.ts' },
  platform: 'browser',
  external: /^react($|\/)/,
  output: { dir: 'dist/react', format: 'esm', banner: "'use client';" },
  checks: { moduleLevelDirective: false },
  plugins: [thirdPartyLicences()],
});

export default [command, react];

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
