import type { FastifyInstance } from 'fastify';
import type { AttemptOperations } from '../operations/operations.ts';
import type { AnswerOnce } from './idempotency.ts';
import { LIST, queryFlag, queryOf } from './query.ts';

type Of<Names extends string> = { Params: Record<Names, string> };

export function attemptRoutes(
  server: FastifyInstance,
  operations: AttemptOperations,
  once: AnswerOnce,
): void {
  server.get<Of<'app_id' | 'msg_id'>>('/app/:app_id/attempt/msg/:msg_id', LIST, (request) => {
    const { principal, params } = request;
    return operations.listByMessage(principal, params.app_id, params.msg_id, queryOf(request));
  });

  server.get<Of<'app_id' | 'endpoint_id'>>(
    '/app/:app_id/attempt/endpoint/:endpoint_id',
    LIST,
    (request) => {
      const { principal, params } = request;
      const options = queryOf(request);
      return operations.listByEndpoint(principal, params.app_id, params.endpoint_id, options);
    },
  );

  server.get<Of<'app_id' | 'msg_id' | 'attempt_id'>>(
    '/app/:app_id/msg/:msg_id/attempt/:attempt_id',
    { config: { query: ['expanded_statuses'] } },
    (request) => {
      // It changes nothing: every attempt has ended.
      queryFlag(request, 'expanded_statuses', true);
      const { principal, params } = request;
      return operations.get(principal, params.app_id, params.msg_id, params.attempt_id);
    },
  );

  server.get<Of<'app_id' | 'msg_id'>>('/app/:app_id/msg/:msg_id/endpoint', LIST, (request) => {
    const { principal, params } = request;
    return operations.listDestinations(principal, params.app_id, params.msg_id, queryOf(request));
  });

  server.post<Of<'app_id' | 'msg_id' | 'endpoint_id'>>(
    '/app/:app_id/msg/:msg_id/endpoint/:endpoint_id/resend',
    (request, reply) =>
      once(
        request,
        reply,
        () => ({ status: 202, body: {} }),
        (keep) => {
          const { principal, params } = request;
          const { app_id: app, msg_id: message, endpoint_id: endpoint } = params;
          return operations.resend(principal, app, message, endpoint, keep);
        },
      ),
  );
}
