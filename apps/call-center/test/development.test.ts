import { readdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from './start.ts';

test('`npx vite` serves every source of the dashboard, and asks the call center for data only', async () => {
  const vite = await createServer({
    configFile: fileURLToPath(new URL('../vite.config.ts', import.meta.url)),
    cacheDir: temporaryFolder(),
    optimizeDeps: { noDiscovery: true, include: [] },
    server: { port: 0, host: '127.0.0.1', watch: null, ws: false },
    logLevel: 'silent',
  });
  onTestFinished(() => vite.close());
  await vite.listen();
  const address = vite.httpServer?.address() as AddressInfo | undefined;
  const sources = readdirSync(new URL('../src/dashboard', import.meta.url)).filter(
    (name) => /\.tsx?$/.test(name) && !name.includes('.test.'),
  );
  expect(sources).toContain('calls-page.tsx');
  for (const name of sources) {
    const { status } = await fetch(`http://127.0.0.1:${address?.port}/${name}`);
    expect([name, status]).toEqual([name, 200]);
  }
});
