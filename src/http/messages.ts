import type { FastifyInstance } from 'fastify';
import {
  type MessageOperations,
  messageJson,
  readBatch,
  toBatchOut,
} from '../operations/operations.ts';
import { JSON_TYPE, sendAnswer } from './answer.ts';
import { jsonBody, textBody } from './body.ts';
import { acceptedAnswer, publish } from './fast-publish/publish.ts';
import { type AnswerOnce, idempotencyKey, ok } from './idempotency.ts';
import { LIST, queryFlag, queryOf } from './query.ts';

interface OfApplication {
  Params: { app_id: string };
}

interface OfMessage {
  Params: { app_id: string; msg_id: string };
}

export function messageRoutes(
  server: FastifyInstance,
  operations: MessageOperations,
  once: AnswerOnce,
): void {
  // Callbacks: an async handler adds a twentieth to the cost of the request. They return nothing,
  // because Fastify would wait for a reply that is returned.
  server.post<OfApplication>('/app/:app_id/msg', WITH_CONTENT, (request, reply) => {
    const withContent = queryFlag(request, 'with_content', true);
    publish(operations, request.principal, {
      application: request.params.app_id,
      idempotencyKey: idempotencyKey(request),
      withContent,
      body: textBody(request),
    }).then(
      (message) => void sendAnswer(reply, acceptedAnswer(message, withContent)),
      (error: unknown) => void reply.send(error),
    );
  });

  server.get<OfApplication>('/app/:app_id/msg', LIST, async (request, reply) => {
    const { principal, params } = request;
    const withContent = queryFlag(request, 'with_content', true);
    const { data, ...paging } = await operations.list(principal, params.app_id, queryOf(request));
    const messages = data.map((message) => messageJson(message, withContent)).join(',');
    return reply.type(JSON_TYPE).send(`{"data":[${messages}],${JSON.stringify(paging).slice(1)}`);
  });

  server.get<OfMessage>('/app/:app_id/msg/:msg_id', WITH_CONTENT, async (request, reply) => {
    const { principal, params } = request;
    const withContent = queryFlag(request, 'with_content', true);
    const message = await operations.get(principal, params.app_id, params.msg_id);
    return reply.type(JSON_TYPE).send(messageJson(message, withContent));
  });

  // Its messages keep the key of the request themselves.
  server.post<OfApplication>('/app/:app_id/msg/batch', async (request) => {
    const { principal, params } = request;
    const body = readBatch(textBody(request));
    const options = { idempotencyKey: idempotencyKey(request) };
    return toBatchOut(await operations.createBatch(principal, params.app_id, body, options));
  });

  server.post<OfApplication>('/app/:app_id/msg/bulk-expunge', (request, reply) =>
    once(request, reply, ok, () => {
      const { principal, params } = request;
      return operations.bulkExpunge(principal, params.app_id, jsonBody(request));
    }),
  );

  server.post<OfMessage>('/app/:app_id/msg/:msg_id/cancel', (request, reply) =>
    once(request, reply, ok, () => {
      const { principal, params } = request;
      return operations.cancel(principal, params.app_id, params.msg_id);
    }),
  );
}

const WITH_CONTENT = { config: { query: ['with_content'] } } as const;
