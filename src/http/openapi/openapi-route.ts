import type { FastifyInstance } from 'fastify';
import { JSON_TYPE } from '../answer.ts';

/** Serves the OpenAPI document, which is made at the first request: most processes never need it. */
export function openapiRoute(server: FastifyInstance, version: string, prefix: string): void {
  let text: Promise<string> | undefined;
  server.get('/openapi.json', async (_request, reply) => {
    text ??= makeText(version, prefix);
    return reply.type(JSON_TYPE).send(await text);
  });
}

async function makeText(version: string, prefix: string): Promise<string> {
  const { createDocument } = await import('./create-document.ts');
  return JSON.stringify(createDocument({ version, prefix }));
}
