import type { FastifyInstance } from 'fastify';
import type { ApplicationOperations, Upserted } from '../operations/operations.ts';
import { jsonBody } from './body.ts';
import { type AnswerOnce, created, ok } from './idempotency.ts';
import { queryFlag, queryOf } from './query.ts';

interface OfApplication {
  Params: { app_id: string };
}

export function applicationRoutes(
  server: FastifyInstance,
  operations: ApplicationOperations,
  once: AnswerOnce,
): void {
  server.get('/app', (request) => operations.list(request.principal, queryOf(request)));

  server.post('/app', (request, reply) =>
    once(
      request,
      reply,
      ({ created: isNew, value }: Upserted<object>) => (isNew ? created(value) : ok(value)),
      (keep) => {
        const getIfExists = queryFlag(request, 'get_if_exists', false);
        return operations.create(request.principal, jsonBody(request), { getIfExists, keep });
      },
    ),
  );

  server.get<OfApplication>('/app/:app_id', (request) =>
    operations.get(request.principal, request.params.app_id),
  );

  server.put<OfApplication>('/app/:app_id', async (request, reply) => {
    const { principal, params } = request;
    const { created, value } = await operations.update(principal, params.app_id, jsonBody(request));
    return reply.code(created ? 201 : 200).send(value);
  });

  server.patch<OfApplication>('/app/:app_id', (request) =>
    operations.patch(request.principal, request.params.app_id, jsonBody(request)),
  );

  server.delete<OfApplication>('/app/:app_id', async (request, reply) => {
    await operations.delete(request.principal, request.params.app_id);
    return reply.code(204).send();
  });
}
