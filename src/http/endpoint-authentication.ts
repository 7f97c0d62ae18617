import type { FastifyInstance } from 'fastify';
import type { EndpointOperations } from '../operations/operations.ts';
import { jsonBody } from './body.ts';

interface OfEndpoint {
  Params: { app_id: string; endpoint_id: string };
}

/** GET, PUT and DELETE of an endpoint's authentication, certificates and further signature. */
export function endpointAuthenticationRoutes(
  server: FastifyInstance,
  operations: EndpointOperations,
): void {
  const RESOURCES = [
    ['authentication', 'getAuthentication', 'setAuthentication', 'deleteAuthentication'],
    ['oauth', 'getOauth', 'setOauth', 'deleteOauth'],
    ['mtls', 'getMtls', 'setMtls', 'deleteMtls'],
    ['signature', 'getSignature', 'setSignature', 'deleteSignature'],
  ] as const;
  const endpoint = '/app/:app_id/endpoint/:endpoint_id';

  for (const [name, get, set, remove] of RESOURCES) {
    const path = `${endpoint}/${name}`;
    server.get<OfEndpoint>(path, ({ principal, params }) =>
      operations[get](principal, params.app_id, params.endpoint_id),
    );
    server.put<OfEndpoint>(path, async (request, reply) => {
      const { principal, params } = request;
      await operations[set](principal, params.app_id, params.endpoint_id, jsonBody(request));
      return reply.code(204).send();
    });
    server.delete<OfEndpoint>(path, async ({ principal, params }, reply) => {
      await operations[remove](principal, params.app_id, params.endpoint_id);
      return reply.code(204).send();
    });
  }

  server.get<OfEndpoint>(`${endpoint}/oauth-config`, ({ principal, params }) =>
    operations.getOauthConfig(principal, params.app_id, params.endpoint_id),
  );
  server.get<OfEndpoint>(`${endpoint}/mtls-config`, ({ principal, params }) =>
    operations.getMtlsConfig(principal, params.app_id, params.endpoint_id),
  );
  server.get<OfEndpoint>(`${endpoint}/signature-config`, ({ principal, params }) =>
    operations.getSignatureConfig(principal, params.app_id, params.endpoint_id),
  );
}
