import type { FastifyInstance } from 'fastify';
import type { EndpointOperations } from '../operations/operations.ts';
import { jsonBody } from './body.ts';

interface OfEndpoint {
  Params: { app_id: string; endpoint_id: string };
}

/** The transformation of an endpoint, and trying one. */
export function endpointTransformationRoutes(
  server: FastifyInstance,
  operations: EndpointOperations,
): void {
  const path = '/app/:app_id/endpoint/:endpoint_id/transformation';

  server.get<OfEndpoint>(path, ({ principal, params }) =>
    operations.getTransformation(principal, params.app_id, params.endpoint_id),
  );

  server.patch<OfEndpoint>(path, async (request, reply) => {
    const { principal, params } = request;
    const { app_id: app, endpoint_id: endpoint } = params;
    await operations.patchTransformation(principal, app, endpoint, jsonBody(request));
    return reply.code(204).send();
  });

  // The simulation changes nothing, so a repetition with an idempotency key is simply run again.
  server.post<OfEndpoint>(`${path}/simulate`, (request) => {
    const { principal, params } = request;
    const { app_id: app, endpoint_id: endpoint } = params;
    return operations.simulateTransformation(principal, app, endpoint, jsonBody(request));
  });
}
