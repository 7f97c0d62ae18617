import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ConfigurationOperations } from '../operations/operations.ts';
import { jsonBody } from './body.ts';
import { type AnswerOnce, ok } from './idempotency.ts';
import { queryFlag, queryOf } from './query.ts';

/** Documents are larger than other bodies. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;

export function configurationRoutes(
  server: FastifyInstance,
  operations: ConfigurationOperations,
  once: AnswerOnce,
): void {
  server.post('/environment/export', async (request, reply) =>
    reply.code(200).send(await operations.export(request.principal, queryOf(request))),
  );

  server.post('/environment/import', { bodyLimit: BODY_LIMIT_BYTES }, (request, reply) =>
    once(
      request,
      reply,
      (out) => (isShown(request) ? ok(out) : { status: 204, body: undefined }),
      (keep) => operations.import(request.principal, jsonBody(request), queryOf(request), keep),
    ),
  );
}

function isShown(request: FastifyRequest): boolean {
  return queryFlag(request, 'dry_run', false) || queryFlag(request, 'with_changes', false);
}
