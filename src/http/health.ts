import type { FastifyInstance } from 'fastify';
import type { Readiness } from '../operations/operations.ts';

/**
 * Alive: 204 while the process takes requests. Ready: 204 while the database can be written, else 503 with
 * the reason. Fastify's GET routes also answer HEAD.
 */
export function healthRoutes(server: FastifyInstance, readiness: Readiness): void {
  server.get('/health', (_request, reply) => reply.code(204).send());
  server.get('/health/ping', (_request, reply) => reply.code(204).send());
  server.get('/health/ready', async (_request, reply) => {
    await readiness.check();
    return reply.code(204).send();
  });
}
