import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { randomUUID } from 'node:crypto';
import { PosthasteError } from 'posthaste/receiver';
import type { Inbox } from 'posthaste/receiver';
import { isErrors } from '@posthaste/app-kit/api-error';
import { createApiServer } from '@posthaste/app-kit/api-server';
import { readCallEvent } from './call-event.ts';
import { readCallsQuery, readMinutes } from './calls-query.ts';
import type { CallStore } from './call-store.ts';
import type { createLiveFeed } from './live-feed.ts';
import type { createSenderCheck } from './sender-check.ts';
import { serveDashboard } from './serve-dashboard.ts';
import { showCall } from './show-call.ts';
import { showStats } from './show-stats.ts';

export interface ServerContext {
  readonly calls: CallStore;
  readonly inbox: Inbox;
  readonly feed: ReturnType<typeof createLiveFeed>;
  readonly checkSender: ReturnType<typeof createSenderCheck>;
  readonly onSignatureFailure: () => void;
  readonly isRegistrationFailing: () => boolean;
  readonly dashboardFolder: string;
  readonly log: FastifyBaseLogger;
}

export async function createServer(context: ServerContext): Promise<FastifyInstance> {
  const server = createApiServer(context.log, 'the call center cannot do this now');
  // The signature is over the bytes as they came, so they are kept.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  takeEvents(server, context);
  showCalls(server, context);
  await serveDashboard(server, context.dashboardFolder);
  return server;
}

function takeEvents(server: FastifyInstance, context: ServerContext): void {
  const { checkSender, onSignatureFailure, inbox } = context;
  server.post('/calls', async (request, reply) => {
    const payload = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const sender = checkSender(payload, request.headers, request.ip);
    if (!sender.ok) {
      request.log.warn(`refused an event: ${sender.message}`);
      if (sender.signed) onSignatureFailure();
      return reply.code(401).send([{ errorCode: 'UNAUTHORIZED', message: sender.message }]);
    }
    const text = payload.toString();
    const event = readCallEvent(text);
    if (isErrors(event)) return reply.code(400).send(event);
    try {
      const id = sender.messageId ?? `unsigned_${randomUUID()}`;
      await inbox.accept({ id, payload: text });
    } catch (error) {
      if (!(error instanceof PosthasteError)) throw error;
      request.log.error(error);
      const message = 'the event could not be stored, send it again';
      return reply.code(503).send([{ errorCode: error.code.toUpperCase(), message }]);
    }
    return reply.code(200).send();
  });
}

function showCalls(server: FastifyInstance, context: ServerContext): void {
  const { calls, feed, isRegistrationFailing } = context;
  server.get('/calls', (request, reply) => {
    const query = readCallsQuery(request.query);
    if (isErrors(query)) return reply.code(400).send(query);
    const { filter, limit, offset } = query;
    reply.header('x-total-count', calls.count(filter)).header('cache-control', 'no-store');
    return reply.send(calls.list(filter, limit, offset).map(showCall));
  });

  server.get('/stats', (request, reply) => {
    const minutes = readMinutes(request.query);
    if (isErrors(minutes)) return reply.code(400).send(minutes);
    return reply.header('cache-control', 'no-store').send({
      ...showStats(calls, minutes, Date.now()),
      registrationFails: isRegistrationFailing(),
    });
  });

  server.get('/events', (request, reply) => {
    // Fastify routes HEAD here too, which the stream would never answer.
    if (request.method === 'HEAD') return reply.type('text/event-stream').send();
    if (!feed.hasCapacity()) {
      const message = 'too many pages are connected already';
      return reply
        .code(503)
        .header('retry-after', 10)
        .send([{ errorCode: 'TOO_MANY', message }]);
    }
    reply.hijack();
    const lastEventId = request.headers['last-event-id'];
    feed.add(reply.raw, Array.isArray(lastEventId) ? lastEventId[0] : lastEventId);
  });
}
