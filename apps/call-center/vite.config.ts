import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const server = 'http://localhost:9001';

export default defineConfig({
  root: fileURLToPath(new URL('src/dashboard', import.meta.url)),
  plugins: [react()],
  build: {
    outDir: fileURLToPath(new URL('dist', import.meta.url)),
    emptyOutDir: true,
  },
  server: { proxy: { '/calls': server, '/stats': server, '/events': server } },
});
