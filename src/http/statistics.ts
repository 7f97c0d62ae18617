import type { FastifyInstance } from 'fastify';
import type { StatisticsOperations } from '../operations/operations.ts';
import { queryOf } from './query.ts';

export function statisticsRoutes(server: FastifyInstance, operations: StatisticsOperations): void {
  server.get('/stats/attempt', (request) =>
    operations.ofOrganization(request.principal, queryOf(request)),
  );

  server.get('/stats/endpoint/count', (request) => operations.countEndpoints(request.principal));

  server.get('/app/stats/count-active', (request) =>
    operations.countActiveApplications(request.principal, queryOf(request)),
  );

  server.get<{ Params: { app_id: string } }>('/app/:app_id/stats/attempts', (request) =>
    operations.byEventType(request.principal, request.params.app_id, queryOf(request)),
  );

  server.get<{ Params: { app_id: string } }>('/stats/app/:app_id/attempt', (request) =>
    operations.ofApplication(request.principal, request.params.app_id, queryOf(request)),
  );

  server.get<{ Params: { app_id: string; endpoint_id: string } }>(
    '/stats/app/:app_id/endpoint/:endpoint_id/attempt',
    (request) => {
      const { principal, params } = request;
      const options = queryOf(request);
      return operations.ofEndpoint(principal, params.app_id, params.endpoint_id, options);
    },
  );
}
