import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  type BatchResult,
  type MessageOperations,
  messageJson,
  readBatch,
  toBatchOut,
} from '../operations/operations.ts';
import { JSON_TYPE, sendAnswer } from './answer.ts';
import { jsonBody, textBody } from './body.ts';
import { acceptedAnswer, publish } from './fast-publish/publish.ts';
import { type AnswerOnce, idempotencyKey, noContent, ok } from './idempotency.ts';
import { listJson } from './list-json.ts';
import { queryFlag, queryOf } from './query.ts';

interface OfApplication {
  Params: { app_id: string };
}

interface OfEndpoint {
  Params: { app_id: string; endpoint_id: string };
}

interface OfMessage {
  Params: { app_id: string; msg_id: string };
}

export function messageRoutes(
  server: FastifyInstance,
  operations: MessageOperations,
  once: AnswerOnce,
): void {
  // A callback, because an async handler makes the request 5 % more expensive. It returns nothing, because
  // Fastify would wait for a returned reply.
  server.post<OfApplication>('/app/:app_id/msg', (request, reply) => {
    const withContent = queryFlag(request, 'with_content', true);
    const explain = queryFlag(request, 'explain', false);
    publish(operations, request.principal, {
      application: request.params.app_id,
      idempotencyKey: idempotencyKey(request),
      withContent,
      explain,
      traceparent: traceparent(request),
      body: textBody(request),
    }).then(
      (message) => void sendAnswer(reply, acceptedAnswer(message, withContent)),
      (error: unknown) => void reply.send(error),
    );
  });

  server.get<OfApplication>('/app/:app_id/msg', async (request, reply) => {
    const { principal, params } = request;
    const list = await operations.list(principal, params.app_id, queryOf(request));
    const withContent = queryFlag(request, 'with_content', true);
    return reply.type(JSON_TYPE).send(listJson(list, (row) => messageJson(row, withContent)));
  });

  server.get<OfMessage>('/app/:app_id/msg/:msg_id', async (request, reply) => {
    const { principal, params } = request;
    const withContent = queryFlag(request, 'with_content', true);
    const message = await operations.get(principal, params.app_id, params.msg_id);
    return reply.type(JSON_TYPE).send(messageJson(message, withContent));
  });

  server.get<OfMessage>('/app/:app_id/msg/:msg_id/raw', ({ principal, params }) =>
    operations.rawPayload(principal, params.app_id, params.msg_id),
  );

  server.post<OfApplication>('/app/:app_id/msg/precheck/active', (request) =>
    operations.precheck(request.principal, request.params.app_id, jsonBody(request)),
  );

  server.get<OfMessage>('/app/:app_id/msg/:msg_id/routing', (request) => {
    const { principal, params } = request;
    return operations.routing(principal, params.app_id, params.msg_id, queryOf(request));
  });

  // Each message is stored with the request's key; the answer is kept afterwards.
  server.post<OfApplication>('/app/:app_id/msg/batch', (request, reply) =>
    once(request, reply, batchOutcome, () => {
      const { principal, params } = request;
      const body = readBatch(textBody(request));
      const options = {
        idempotencyKey: idempotencyKey(request),
        traceparent: traceparent(request),
      };
      return operations.createBatch(principal, params.app_id, body, options);
    }),
  );

  server.post<OfApplication>('/app/:app_id/msg/bulk-expunge', (request, reply) =>
    once(request, reply, ok, (keep) => {
      const { principal, params } = request;
      return operations.bulkExpunge(principal, params.app_id, jsonBody(request), keep);
    }),
  );

  server.post<OfMessage>('/app/:app_id/msg/:msg_id/cancel', (request, reply) =>
    once(request, reply, noContent, (keep) => {
      const { principal, params } = request;
      return operations.cancel(principal, params.app_id, params.msg_id, keep);
    }),
  );

  server.delete<OfMessage>('/app/:app_id/msg/:msg_id/content', async (request, reply) => {
    const { principal, params } = request;
    await operations.expungeContent(principal, params.app_id, params.msg_id);
    return reply.code(204).send();
  });

  server.post<OfEndpoint>(
    '/app/:app_id/endpoint/:endpoint_id/send-example',
    async (request, reply) => {
      const { principal, params } = request;
      const key = idempotencyKey(request);
      const message = await operations.sendExample(
        principal,
        params.app_id,
        params.endpoint_id,
        jsonBody(request),
        { idempotencyKey: key },
      );
      return reply.type(JSON_TYPE).send(messageJson(message));
    },
  );
}

function traceparent({ headers }: FastifyRequest): string | undefined {
  const { traceparent: given } = headers;
  return typeof given === 'string' ? given : undefined;
}

function batchOutcome(results: readonly BatchResult[]) {
  return { ...ok(toBatchOut(results)), isPartial: results.some((result) => 'error' in result) };
}
