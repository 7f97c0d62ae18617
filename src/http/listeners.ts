import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ListenerOperations, Tokens } from '../operations/operations.ts';
import { requireStillValid } from './auth.ts';
import { jsonBody } from './body.ts';
import { queryOf } from './query.ts';

interface OfListener {
  Params: { app_id: string; listener_id: string };
}

interface OfRequest {
  Params: OfListener['Params'] & { request_id: string };
}

/** All changes are PUT and DELETE, so that a program can repeat them after a broken connection. */
export function listenerRoutes(
  server: FastifyInstance,
  operations: ListenerOperations,
  tokens: Pick<Tokens, 'verify'>,
): void {
  const path = '/app/:app_id/listener/:listener_id';
  const closing = new AbortController();
  server.addHook('preClose', (done) => {
    closing.abort();
    done();
  });

  server.put<OfListener>(path, async (request, reply) => {
    const { principal, params } = request;
    const { app_id: app, listener_id: listener } = params;
    const { created, value } = await operations.open(principal, app, listener, jsonBody(request));
    return reply.code(created ? 201 : 200).send(value);
  });

  server.delete<OfListener>(path, async ({ principal, params }, reply) => {
    await operations.close(principal, params.app_id, params.listener_id);
    return reply.code(204).send();
  });

  server.get<OfListener>(`${path}/request`, async (request, reply) => {
    const { principal, params } = request;
    const { app_id: app, listener_id: listener } = params;
    const signal = AbortSignal.any([closing.signal, goneOf(reply)]);
    const found = await operations.requests(principal, app, listener, queryOf(request), signal);
    await requireStillValid(request, tokens);
    return found;
  });

  server.put<OfRequest>(`${path}/request/:request_id`, async (request, reply) => {
    const { principal, params } = request;
    const { app_id: app, listener_id: listener, request_id: id } = params;
    await operations.answer(principal, app, listener, id, jsonBody(request));
    return reply.code(204).send();
  });
}

/** A signal that aborts when the client closes the connection. */
function goneOf({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  return gone.signal;
}
