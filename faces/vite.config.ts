import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { CSP_NONCE, STRICT_BUILD, facePlugins } from './build/face-plugins.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const FACES = ['console', 'portal'];
/** Few large chunks: a further request delays a page more than some kilobytes that it does not need. */
const CHUNKS = [
  { name: 'first', tags: ['$initial' as const] },
  { name: 'parts', minShareCount: 2 },
];
const api = 'http://127.0.0.1:8071';

/**
 * `--mode console` or `--mode portal`: each has its own build. Shared chunks would be smaller and more numerous, and add
 * 8 kB to each first page, while nobody uses both faces. `src/http/faces` serves the results.
 */
export default defineConfig(({ mode }) => ({
  root: here('.'),
  base: '/faces/',
  plugins: facePlugins(),
  html: { cspNonce: CSP_NONCE },
  build: {
    outDir: here('../dist/faces'),
    emptyOutDir: mode !== 'portal',
    ...STRICT_BUILD,
    rolldownOptions: {
      input: FACES.filter((face) => mode === face || !FACES.includes(mode))
        .map((face) => here(`${face}/index.html`))
        .filter(existsSync),
      output: { codeSplitting: { groups: CHUNKS } },
    },
  },
  server: { proxy: { '/api': api, '/sign-in': api } },
}));
