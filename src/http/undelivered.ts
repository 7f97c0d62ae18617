import type { FastifyInstance } from 'fastify';
import type { UndeliveredOperations } from '../operations/operations.ts';
import { queryOf } from './query.ts';

interface OfApplication {
  Params: { app_id: string };
}

export function undeliveredRoutes(
  server: FastifyInstance,
  operations: UndeliveredOperations,
): void {
  server.get('/undelivered', (request) => operations.list(request.principal, queryOf(request)));

  server.get('/undelivered/count', (request) =>
    operations.count(request.principal, queryOf(request)),
  );

  server.get<OfApplication>('/app/:app_id/undelivered', (request) => {
    const { principal, params } = request;
    return operations.listOfApplication(principal, params.app_id, queryOf(request));
  });

  server.get<OfApplication>('/app/:app_id/undelivered/count', (request) => {
    const { principal, params } = request;
    return operations.countOfApplication(principal, params.app_id, queryOf(request));
  });
}
