import { fileURLToPath } from 'node:url';
import { CSP_NONCE, STRICT_BUILD, facePlugins } from '@posthaste/faces/build/face-plugins.ts';
import { defineConfig } from 'vite';

const server = 'http://localhost:9001';

export default defineConfig({
  root: fileURLToPath(new URL('src/dashboard', import.meta.url)),
  plugins: facePlugins({ keepsPlain: true }),
  // `src/serve-dashboard.ts` puts a nonce of each answer in place of this word.
  html: { cspNonce: CSP_NONCE },
  build: {
    outDir: fileURLToPath(new URL('dist', import.meta.url)),
    emptyOutDir: true,
    ...STRICT_BUILD,
  },
  // Whole paths: a source begins with one of these words, too.
  server: { proxy: { '^/(calls|stats|events)(\\?|$)': server } },
});
