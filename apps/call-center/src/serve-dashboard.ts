import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const SECURITY_HEADERS = {
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

// Also the policy of the shared worker that follows the events: its script's answer carries it.
const NO_PAGE = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'";

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Call center</title>
<h1>The dashboard is not built yet</h1>
<p>Run <code>npm run build -w apps/call-center</code> and start the call center again.
The call center itself is running: <a href="/calls">/calls</a>, <a href="/stats">/stats</a>.</p>
</html>
`;

/** The built dashboard at `/`, or a page that says how to build it. */
export async function serveDashboard(server: FastifyInstance, folder: string): Promise<void> {
  server.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('content-security-policy')) {
      reply.header('content-security-policy', NO_PAGE);
    }
    reply.headers(SECURITY_HEADERS);
  });
  const index = join(folder, 'index.html');
  if (!existsSync(index)) {
    server.get('/', (_request, reply) => reply.code(503).type('text/html').send(NOT_BUILT));
    return;
  }
  server.get('/', async (_request, reply) => {
    const page = await readFile(index, 'utf8');
    const nonce = randomBytes(16).toString('base64');
    return reply
      .headers({ 'content-security-policy': policy(nonce), 'cache-control': 'no-cache' })
      .type('text/html; charset=utf-8')
      .send(page.replaceAll('CSP_NONCE', nonce));
  });
  // The names of the assets carry a hash of their content.
  await server.register(fastifyStatic, {
    root: join(folder, 'assets'),
    prefix: '/assets/',
    index: false,
    preCompressed: true,
    immutable: true,
    maxAge: '1y',
  });
}

/** Scripts and styles of this server only, and the style elements that components make, with the nonce. */
function policy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
