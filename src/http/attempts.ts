import type { FastifyInstance } from 'fastify';
import {
  type AttemptOfEndpoint,
  type AttemptOperations,
  type StandingMessage,
  messageJson,
} from '../operations/operations.ts';
import { JSON_TYPE } from './answer.ts';
import type { AnswerOnce } from './idempotency.ts';
import { listJson } from './list-json.ts';
import { queryFlag, queryOf } from './query.ts';

type Of<Names extends string> = { Params: Record<Names, string> };

export function attemptRoutes(
  server: FastifyInstance,
  operations: AttemptOperations,
  once: AnswerOnce,
): void {
  // The second path is an older one of the Svix API.
  for (const path of ['/app/:app_id/attempt/msg/:msg_id', '/app/:app_id/msg/:msg_id/attempt']) {
    server.get<Of<'app_id' | 'msg_id'>>(path, (request) => {
      const { principal, params } = request;
      return operations.listByMessage(principal, params.app_id, params.msg_id, queryOf(request));
    });
  }

  // This path is an older one, too.
  server.get<Of<'app_id' | 'msg_id' | 'endpoint_id'>>(
    '/app/:app_id/msg/:msg_id/endpoint/:endpoint_id/attempt',
    (request) => {
      const { principal, params } = request;
      const options = { ...queryOf(request), endpointId: params.endpoint_id };
      return operations.listByMessage(principal, params.app_id, params.msg_id, options);
    },
  );

  server.get<Of<'app_id' | 'endpoint_id'>>(
    '/app/:app_id/attempt/endpoint/:endpoint_id',
    async (request, reply) => {
      const { principal, params } = request;
      const list = await operations.listByEndpoint(
        principal,
        params.app_id,
        params.endpoint_id,
        queryOf(request),
      );
      const withContent = queryFlag(request, 'with_content', true);
      return reply.type(JSON_TYPE).send(listJson(list, (row) => attemptJson(row, withContent)));
    },
  );

  server.get<Of<'app_id' | 'endpoint_id'>>(
    '/app/:app_id/endpoint/:endpoint_id/msg',
    async (request, reply) => {
      const { principal, params } = request;
      const list = await operations.listMessages(
        principal,
        params.app_id,
        params.endpoint_id,
        queryOf(request),
      );
      const withContent = queryFlag(request, 'with_content', true);
      return reply.type(JSON_TYPE).send(listJson(list, (row) => standingJson(row, withContent)));
    },
  );

  server.delete<Of<'app_id' | 'msg_id' | 'attempt_id'>>(
    '/app/:app_id/msg/:msg_id/attempt/:attempt_id/content',
    async (request, reply) => {
      const { principal, params } = request;
      await operations.expungeContent(principal, params.app_id, params.msg_id, params.attempt_id);
      return reply.code(204).send();
    },
  );

  server.get<Of<'app_id' | 'msg_id' | 'attempt_id'>>(
    '/app/:app_id/msg/:msg_id/attempt/:attempt_id',
    (request) => {
      // Checked but without effect: every attempt has ended, so none is in an expanded status.
      queryFlag(request, 'expanded_statuses', true);
      const { principal, params } = request;
      return operations.get(principal, params.app_id, params.msg_id, params.attempt_id);
    },
  );

  server.get<Of<'app_id' | 'msg_id' | 'attempt_id'>>(
    '/app/:app_id/msg/:msg_id/attempt/:attempt_id/headers',
    ({ principal, params }) =>
      operations.getHeaders(principal, params.app_id, params.msg_id, params.attempt_id),
  );

  server.get<Of<'app_id' | 'msg_id'>>('/app/:app_id/msg/:msg_id/endpoint', (request) => {
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

function attemptJson({ msg, ...attempt }: AttemptOfEndpoint, withContent: boolean): string {
  const text = JSON.stringify(attempt);
  return msg === undefined ? text : `${text.slice(0, -1)},"msg":${messageJson(msg, withContent)}}`;
}

function standingJson({ message, ...standing }: StandingMessage, withContent: boolean): string {
  return `${messageJson(message, withContent).slice(0, -1)},${JSON.stringify(standing).slice(1)}`;
}
