import type { FastifyInstance, FastifyRequest } from 'fastify';
import { notFound } from '../domain/errors.ts';
import type { ApiKeyOperations, Principal } from '../operations/operations.ts';
import { jsonBody, optionalJsonBody } from './body.ts';
import { type AnswerOnce, noContent, ok } from './idempotency.ts';
import { queryOf } from './query.ts';

interface OfOrganization {
  Params: { env_id: string };
}

interface OfKey {
  Params: { env_id: string; key_id: string };
}

/** The paths of Svix, whose "environment" is our organization. */
export function apiKeyRoutes(
  server: FastifyInstance,
  operations: ApiKeyOperations,
  once: AnswerOnce,
): void {
  const path = '/management/authentication/:env_id/api-token';

  server.get<OfOrganization>(path, (request) => operations.list(within(request), queryOf(request)));

  server.post<OfOrganization>(path, (request, reply) =>
    once(request, reply, ok, (keep) => operations.create(within(request), jsonBody(request), keep)),
  );

  server.get<OfKey>(`${path}/:key_id`, (request) =>
    operations.get(within(request), request.params.key_id),
  );

  server.put<OfKey>(`${path}/:key_id`, (request) =>
    operations.update(within(request), request.params.key_id, jsonBody(request)),
  );

  server.patch<OfKey>(`${path}/:key_id`, (request) =>
    operations.patch(within(request), request.params.key_id, jsonBody(request)),
  );

  server.post<OfKey>(`${path}/:key_id/expire`, (request, reply) =>
    once(request, reply, noContent, (keep) =>
      operations.expire(within(request), request.params.key_id, optionalJsonBody(request), keep),
    ),
  );
}

/** The principal; throws unless the path names its organization. */
function within({
  principal,
  params,
}: Pick<FastifyRequest<OfOrganization>, 'principal' | 'params'>): Principal {
  if (params.env_id === principal.organizationId) return principal;
  throw notFound('Environment', params.env_id);
}
