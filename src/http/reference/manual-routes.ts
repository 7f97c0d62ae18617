import type { FastifyInstance } from 'fastify';
import { PosthasteError } from '../../domain/errors.ts';
import { readIfThere } from '../read-if-there.ts';

/** Serves `llms.txt` and the pages of the documentation that it links to, from the package. */
export function manualRoutes(server: FastifyInstance): void {
  server.get('/llms.txt', async (_request, reply) =>
    reply
      .type('text/plain; charset=utf-8')
      .header('cache-control', 'public, max-age=3600')
      .send(await readPage('llms.txt')),
  );

  server.get<{ Params: { page: string } }>('/docs/:page', async ({ params: { page } }, reply) => {
    // The name must not lead out of the folder.
    if (!/^[a-z0-9-]+\.md$/.test(page)) throw missing();
    return reply
      .type('text/markdown; charset=utf-8')
      .header('cache-control', 'public, max-age=3600')
      .header('x-content-type-options', 'nosniff')
      .send(await readPage(`docs/${page}`));
  });
}

async function readPage(path: string): Promise<Buffer> {
  for (const root of ROOTS) {
    const page = await readIfThere(new URL(root + path, import.meta.url));
    if (page !== null) return page;
  }
  throw missing();
}

/** The package's root, relative to the sources or the library, and to the bundle of the command. */
const ROOTS = ['../../../', '../../'];

function missing(): PosthasteError {
  return new PosthasteError('not_found', 'This installation has no such page');
}
