import type { FastifyInstance } from 'fastify';
import type { StatusOperations } from '../operations/operations.ts';
import { queryOf } from './query.ts';

export function statusRoutes(server: FastifyInstance, operations: StatusOperations): void {
  server.get('/status', (request) => operations.get(request.principal));

  server.get('/status/settings', (request) => operations.settings(request.principal));

  server.get<{ Params: { app_id: string } }>('/status/app/:app_id/endpoint', (request) =>
    operations.endpoints(request.principal, request.params.app_id, queryOf(request)),
  );

  server.get<{ Params: { app_id: string; endpoint_id: string } }>(
    '/status/app/:app_id/endpoint/:endpoint_id',
    ({ principal, params }) => operations.endpoint(principal, params.app_id, params.endpoint_id),
  );

  server.get('/status/endpoint', (request) => operations.troubledEndpoints(request.principal));
}
