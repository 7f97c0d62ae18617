import type { FastifyInstance, FastifyRequest } from 'fastify';
import { invalid } from '../domain/errors.ts';
import { jsonMember } from '../domain/json-member.ts';
import type { Message } from '../domain/message.ts';
import { messageJson } from '../operations/operations.ts';
import type { MessageOperations, Principal } from '../operations/operations.ts';
import { fieldError } from '../operations/operations.ts';
import { parseJson, textBody } from './body.ts';
import { queryFlag, queryOf } from './query.ts';

interface OfApplication {
  Params: { app_id: string };
}

interface OfMessage {
  Params: { app_id: string; msg_id: string };
}

export const JSON_TYPE = 'application/json; charset=utf-8';

export function messageRoutes(server: FastifyInstance, operations: MessageOperations): void {
  // Callbacks: an async handler costs a twentieth of the whole request more. They answer nothing,
  // because a reply is thenable and would be waited for.
  server.post<OfApplication>('/app/:app_id/msg', (request, reply) => {
    const withContent = queryFlag(request, 'with_content', true);
    const { principal, params } = request;
    publish(operations, principal, params.app_id, textBody(request), idempotencyKey(request)).then(
      (stored) => void reply.code(202).type(JSON_TYPE).send(messageJson(stored, withContent)),
      (error: unknown) => void reply.send(error),
    );
  });

  server.get<OfApplication>('/app/:app_id/msg', async (request, reply) => {
    const { principal, params } = request;
    const withContent = queryFlag(request, 'with_content', true);
    const { data, ...paging } = await operations.list(principal, params.app_id, queryOf(request));
    const messages = data.map((message) => messageJson(message, withContent)).join(',');
    return reply.type(JSON_TYPE).send(`{"data":[${messages}],${JSON.stringify(paging).slice(1)}`);
  });

  server.get<OfMessage>('/app/:app_id/msg/:msg_id', async (request, reply) => {
    const { principal, params } = request;
    const withContent = queryFlag(request, 'with_content', true);
    const message = await operations.get(principal, params.app_id, params.msg_id);
    return reply.type(JSON_TYPE).send(messageJson(message, withContent));
  });
}

/** What a request to publish does. Throws at once when `text` is not JSON. */
export function publish(
  operations: MessageOperations,
  principal: Principal,
  app: string,
  text: string,
  key: string | undefined,
): Promise<Message> {
  const input = parseJson(text);
  const payloadText = jsonMember(text, 'payload') ?? undefined;
  // From here on its text stands for it: the collector need not carry it until the commit.
  if (payloadText !== undefined) (input as { payload: unknown }).payload = null;
  return operations.create(principal, app, input, { payloadText, idempotencyKey: key });
}

function idempotencyKey(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && isIdempotencyKey(key)) return key;
  throw invalid([fieldError('must be 1 to 256 characters long', 'header', 'idempotency-key')]);
}

export function isIdempotencyKey(text: string): boolean {
  return text.length >= 1 && text.length <= 256;
}
