import type { FastifyInstance } from 'fastify';
import type { OperationalWebhookOperations } from '../operations/operations.ts';
import { jsonBody, optionalJsonBody } from './body.ts';
import { type AnswerOnce, created, ok } from './idempotency.ts';
import { queryOf } from './query.ts';

interface OfEndpoint {
  Params: { endpoint_id: string };
}

export function operationalWebhookRoutes(
  server: FastifyInstance,
  operations: OperationalWebhookOperations,
  once: AnswerOnce,
): void {
  const list = '/operational-webhook/endpoint';
  const path = `${list}/:endpoint_id`;

  server.get(list, (request) => operations.list(request.principal, queryOf(request)));

  server.post(list, (request, reply) =>
    once(request, reply, created, (keep) =>
      operations.create(request.principal, jsonBody(request), keep),
    ),
  );

  server.get<OfEndpoint>(path, ({ principal, params }) =>
    operations.get(principal, params.endpoint_id),
  );

  server.put<OfEndpoint>(path, async (request, reply) => {
    const { principal, params } = request;
    const result = await operations.update(principal, params.endpoint_id, jsonBody(request));
    return reply.code(result.created ? 201 : 200).send(result.value);
  });

  server.patch<OfEndpoint>(path, (request) =>
    operations.patch(request.principal, request.params.endpoint_id, jsonBody(request)),
  );

  server.delete<OfEndpoint>(path, async ({ principal, params }, reply) => {
    await operations.delete(principal, params.endpoint_id);
    return reply.code(204).send();
  });

  server.get<OfEndpoint>(`${path}/secret`, ({ principal, params }) =>
    operations.getSecret(principal, params.endpoint_id),
  );

  server.post<OfEndpoint>(`${path}/secret/rotate`, (request, reply) =>
    once(request, reply, ok, (keep) => {
      const { principal, params } = request;
      return operations.rotateSecret(
        principal,
        params.endpoint_id,
        optionalJsonBody(request),
        keep,
      );
    }),
  );

  server.get<OfEndpoint>(`${path}/headers`, ({ principal, params }) =>
    operations.getHeaders(principal, params.endpoint_id),
  );

  server.put<OfEndpoint>(`${path}/headers`, async (request, reply) => {
    await operations.updateHeaders(
      request.principal,
      request.params.endpoint_id,
      jsonBody(request),
    );
    return reply.code(204).send();
  });
}
