import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Call center</title>
<h1>The dashboard is not built yet</h1>
<p>Run <code>npm run build -w apps/call-center</code> and reload this page.
The call center itself is at work: <a href="/calls">/calls</a>, <a href="/stats">/stats</a>.</p>
</html>
`;

/** The built dashboard at `/`, or a page that says how to build it. */
export async function serveDashboard(server: FastifyInstance, folder: string): Promise<void> {
  server.addHook('onSend', async (_request, reply) => {
    reply.headers(SECURITY_HEADERS);
  });
  if (!existsSync(join(folder, 'index.html'))) {
    server.get('/', (_request, reply) => reply.code(503).type('text/html').send(NOT_BUILT));
    return;
  }
  await server.register(fastifyStatic, {
    root: folder,
    setHeaders(response, path) {
      // The names of the assets carry a hash of their content.
      const forever = path.includes('/assets/');
      response.header('cache-control', forever ? 'max-age=31536000, immutable' : 'no-cache');
    },
  });
}
