import type { FastifyInstance } from 'fastify';

/** Says that the process takes requests. GET also answers HEAD. */
export function healthRoutes(server: FastifyInstance): void {
  server.get('/health', (_request, reply) => reply.code(204).send());
}
