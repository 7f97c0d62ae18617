import type { FastifyInstance } from 'fastify';
import type { EndpointOperations } from '../operations/operations.ts';
import { jsonBody, optionalJsonBody } from './body.ts';
import { type AnswerOnce, created, ok } from './idempotency.ts';
import { queryOf } from './query.ts';

interface OfApplication {
  Params: { app_id: string };
}

interface OfEndpoint {
  Params: { app_id: string; endpoint_id: string };
}

export function endpointRoutes(
  server: FastifyInstance,
  operations: EndpointOperations,
  once: AnswerOnce,
): void {
  server.get<OfApplication>('/app/:app_id/endpoint', (request) =>
    operations.list(request.principal, request.params.app_id, queryOf(request)),
  );

  server.post<OfApplication>('/app/:app_id/endpoint', (request, reply) =>
    once(request, reply, created, (keep) => {
      const { principal, params } = request;
      return operations.create(principal, params.app_id, jsonBody(request), keep);
    }),
  );

  const path = '/app/:app_id/endpoint/:endpoint_id';

  server.get<OfEndpoint>(path, ({ principal, params }) =>
    operations.get(principal, params.app_id, params.endpoint_id),
  );

  server.put<OfEndpoint>(path, async (request, reply) => {
    const { principal, params } = request;
    const { created, value } = await operations.update(
      principal,
      params.app_id,
      params.endpoint_id,
      jsonBody(request),
    );
    return reply.code(created ? 201 : 200).send(value);
  });

  server.patch<OfEndpoint>(path, (request) => {
    const { principal, params } = request;
    return operations.patch(principal, params.app_id, params.endpoint_id, jsonBody(request));
  });

  server.delete<OfEndpoint>(path, async ({ principal, params }, reply) => {
    await operations.delete(principal, params.app_id, params.endpoint_id);
    return reply.code(204).send();
  });

  for (const change of ['pause', 'resume'] as const) {
    server.post<OfEndpoint>(`${path}/${change}`, (request, reply) =>
      once(request, reply, ok, (keep) => {
        const { principal, params } = request;
        return operations[change](principal, params.app_id, params.endpoint_id, keep);
      }),
    );
  }

  server.get<OfEndpoint>(`${path}/head`, ({ principal, params }) =>
    operations.head(principal, params.app_id, params.endpoint_id),
  );

  for (const change of ['skip', 'retry'] as const) {
    server.post<OfEndpoint>(`${path}/head/${change}`, (request, reply) =>
      once(
        request,
        reply,
        () => ({ status: 202, body: {} }),
        (keep) => {
          const { principal, params } = request;
          const { app_id: app, endpoint_id: endpoint } = params;
          return operations[`${change}Head`](principal, app, endpoint, jsonBody(request), keep);
        },
      ),
    );
  }

  server.get<OfEndpoint>(`${path}/secret`, ({ principal, params }) =>
    operations.getSecret(principal, params.app_id, params.endpoint_id),
  );

  server.post<OfEndpoint>(`${path}/secret/rotate`, (request, reply) =>
    once(request, reply, ok, (keep) => {
      const { principal, params } = request;
      const input = optionalJsonBody(request);
      return operations.rotateSecret(principal, params.app_id, params.endpoint_id, input, keep);
    }),
  );

  server.get<OfEndpoint>(`${path}/rate-limit-status`, ({ principal, params }) =>
    operations.rateLimitStatus(principal, params.app_id, params.endpoint_id),
  );

  server.get<OfEndpoint>(`${path}/stats`, (request) => {
    const { principal, params } = request;
    return operations.stats(principal, params.app_id, params.endpoint_id, queryOf(request));
  });

  server.get<OfEndpoint>(`${path}/attempt-stats`, (request) => {
    const { principal, params } = request;
    return operations.attemptStats(principal, params.app_id, params.endpoint_id, queryOf(request));
  });

  // The test changes nothing, so a repetition with an idempotency key is simply run again.
  server.post<OfEndpoint>(`${path}/filter/test`, (request) => {
    const { principal, params } = request;
    const input = optionalJsonBody(request);
    return operations.testFilter(principal, params.app_id, params.endpoint_id, input);
  });

  server.get<OfEndpoint>(`${path}/headers`, ({ principal, params }) =>
    operations.getHeaders(principal, params.app_id, params.endpoint_id),
  );

  server.put<OfEndpoint>(`${path}/headers`, async (request, reply) => {
    const { principal, params } = request;
    const input = jsonBody(request);
    await operations.updateHeaders(principal, params.app_id, params.endpoint_id, input);
    return reply.code(204).send();
  });

  server.patch<OfEndpoint>(`${path}/headers`, async (request, reply) => {
    const { principal, params } = request;
    const input = jsonBody(request);
    await operations.patchHeaders(principal, params.app_id, params.endpoint_id, input);
    return reply.code(204).send();
  });
}
