import type { FastifyInstance } from 'fastify';

/** Answers 204 while the process takes requests. Fastify's GET routes also answer HEAD. */
export function healthRoutes(server: FastifyInstance): void {
  server.get('/health', (_request, reply) => reply.code(204).send());
  server.get('/health/ping', (_request, reply) => reply.code(204).send());
}
