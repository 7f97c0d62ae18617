import type { FastifyInstance } from 'fastify';
import type { EventTypeOperations } from '../operations/operations.ts';
import { jsonBody } from './body.ts';
import { type AnswerOnce, created, ok } from './idempotency.ts';
import { queryFlag, queryOf } from './query.ts';

/** Documents are larger than other bodies. */
const DOCUMENT_LIMIT_BYTES = 4 * 1024 * 1024;

interface OfEventType {
  Params: { event_type_name: string };
}

export function eventTypeRoutes(
  server: FastifyInstance,
  operations: EventTypeOperations,
  once: AnswerOnce,
): void {
  server.get('/event-type', (request) => operations.list(request.principal, queryOf(request)));

  server.post('/event-type', (request, reply) =>
    once(request, reply, created, (keep) =>
      operations.create(request.principal, jsonBody(request), keep),
    ),
  );

  server.post('/event-type/import/openapi', { bodyLimit: DOCUMENT_LIMIT_BYTES }, (request, reply) =>
    once(request, reply, ok, (keep) =>
      operations.importOpenapi(request.principal, jsonBody(request), keep),
    ),
  );

  server.get('/event-type/export/openapi', (request) =>
    operations.exportOpenapi(request.principal),
  );

  const path = '/event-type/:event_type_name';

  server.get<OfEventType>(path, ({ principal, params }) =>
    operations.get(principal, params.event_type_name),
  );

  server.put<OfEventType>(path, async (request, reply) => {
    const { principal, params } = request;
    const name = params.event_type_name;
    const { created, value } = await operations.update(principal, name, jsonBody(request));
    return reply.code(created ? 201 : 200).send(value);
  });

  server.patch<OfEventType>(path, (request) =>
    operations.patch(request.principal, request.params.event_type_name, jsonBody(request)),
  );

  server.delete<OfEventType>(path, async (request, reply) => {
    const expunge = queryFlag(request, 'expunge', false);
    await operations.delete(request.principal, request.params.event_type_name, { expunge });
    return reply.code(204).send();
  });
}
