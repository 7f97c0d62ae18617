import type { FastifyInstance } from 'fastify';
import type { StatusOperations } from '../operations/operations.ts';

export function statusRoutes(server: FastifyInstance, operations: StatusOperations): void {
  server.get('/status', (request) => operations.get(request.principal));

  server.get('/status/settings', (request) => operations.settings(request.principal));

  server.get('/status/endpoint', (request) => operations.troubledEndpoints(request.principal));
}
