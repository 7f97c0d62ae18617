import type { FastifyInstance, FastifyReply } from 'fastify';
import { PosthasteError } from '../../domain/errors.ts';
import { alsoVary } from '../answer.ts';
import { createUnzip } from '../unzip.ts';
import { type AssetName, readAsset } from './assets.ts';

/**
 * The reference page: Swagger UI with the description of the API. The page loads everything from this server and
 * sends requests only to it. Its files are read when the page is opened.
 */
export function referenceRoutes(server: FastifyInstance, documentPath: string): void {
  const unzip = createUnzip();

  server.get('/docs', (_request, reply) =>
    secured(reply).type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(PAGE),
  );

  server.get('/docs/reference.js', (_request, reply) =>
    secured(reply).type(JAVASCRIPT).header('cache-control', 'no-cache').send(script(documentPath)),
  );

  asset('swagger-ui.css', 'text/css; charset=utf-8');
  asset('swagger-ui-bundle.js', JAVASCRIPT);

  function asset(name: AssetName, type: string): void {
    server.get(`/docs/${name}`, async ({ headers }, reply) => {
      const acceptsGzip = /\bgzip\b/.test(headers['accept-encoding'] ?? '');
      const found = await readAsset(name);
      if (found === null) {
        throw new PosthasteError('not_found', 'This installation has no reference page');
      }
      const { bytes, gzip } = found;
      if (gzip && acceptsGzip) reply.header('content-encoding', 'gzip');
      return secured(alsoVary(reply, 'Accept-Encoding'))
        .type(type)
        .header('cache-control', 'public, max-age=3600')
        .send(gzip && !acceptsGzip ? await unzip(name, bytes) : bytes);
    });
  }
}

const JAVASCRIPT = 'text/javascript; charset=utf-8';

function secured(reply: FastifyReply): FastifyReply {
  return reply.headers({
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  });
}

/** `data:` allows the icons in Swagger UI's style sheet. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Posthaste API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="reference"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/reference.js"></script>
  </body>
</html>
`;

/** `persistAuthorization` is off: a token that a user enters is forgotten with the page. */
function script(documentPath: string): string {
  const options = {
    url: documentPath,
    deepLinking: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    persistAuthorization: false,
    validatorUrl: null,
  };
  return `SwaggerUIBundle({ ...${JSON.stringify(options)}, domNode: document.getElementById('reference') });\n`;
}
