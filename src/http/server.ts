import fastify, { type FastifyInstance } from 'fastify';
import { randomBytes } from 'node:crypto';
import type { Operations, Tokens } from '../operations/operations.ts';
import { applicationRoutes } from './applications.ts';
import { attemptRoutes } from './attempts.ts';
import { requireToken } from './auth.ts';
import { readJsonAsText } from './body.ts';
import { closeInTime } from './closing.ts';
import { createCors, markAnswers } from './cors.ts';
import { endpointRoutes } from './endpoints.ts';
import { type ErrorLog, answerErrors, answerUnroutable, createErrorAnswers } from './errors.ts';
import { eventTypeRoutes } from './event-types.ts';
import { createFastPublish } from './fast-publish/fast-publish.ts';
import { healthRoutes } from './health.ts';
import { createAnswerOnce } from './idempotency.ts';
import { answerExpectation, answerMalformed } from './malformed-requests.ts';
import { messageRoutes } from './messages.ts';
import { operationalWebhookRoutes } from './operational-webhooks.ts';
import { requireOneHost } from './one-host.ts';
import { requireKnownQuery } from './query.ts';
import { statisticsRoutes } from './statistics.ts';
import { statusRoutes } from './status.ts';
import { answerUnknownPaths } from './unknown-paths.ts';

export interface HttpServerDeps {
  readonly operations: Operations;
  readonly tokens: Tokens;
  /** Receives defects and storage failures; requests are not logged. */
  readonly log: ErrorLog;
  readonly bodyLimitBytes?: number;
  /** Whether publishes may be answered without Fastify (see `fast-publish/`); default true. */
  readonly fastPublish?: boolean;
  /** Origins whose scripts may read the answers, or `*`; default none. */
  readonly corsOrigins?: readonly string[];
  /** How long `close` waits for requests in flight before it cuts their connections. */
  readonly closeGraceMs?: number;
}

/**
 * The HTTP API over the operations; `listen` and `close` are the instance's own. Closing takes no
 * new connections, finishes the requests in flight and tells their clients to connect anew.
 */
export function createHttpServer(deps: HttpServerDeps): FastifyInstance {
  const { operations, tokens, log, bodyLimitBytes = 1024 * 1024, closeGraceMs = 5_000 } = deps;
  const nextRequestId = createRequestIds();
  const answerError = createErrorAnswers(log);
  const cors = createCors(deps.corsOrigins ?? []);
  const server = fastify({
    bodyLimit: bodyLimitBytes,
    logger: false,
    genReqId: nextRequestId,
    requestIdHeader: false,
    routerOptions: {
      // A uid may be 256 characters long.
      maxParamLength: 512,
      // Svix's documentation and its older clients write paths with a slash at the end.
      ignoreTrailingSlash: true,
    },
    frameworkErrors: (_error, request, reply) => {
      cors.mark(request, reply);
      answerUnroutable(reply);
    },
    // While closing, requests on open connections are still answered.
    return503OnClosing: false,
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    http: { headersTimeout: 15_000, maxHeaderSize: 16 * 1024, connectionsCheckingInterval: 5_000 },
    clientErrorHandler: answerMalformed,
  });
  server.server.on('checkExpectation', answerExpectation);
  markAnswers(server, cors);
  answerErrors(server, answerError);
  answerUnknownPaths(server, cors);
  requireOneHost(server);
  readJsonAsText(server);
  const { messages } = operations;
  const fastPublish =
    deps.fastPublish === false
      ? null
      : createFastPublish(server.server, {
          tokens,
          messages,
          bodyLimitBytes,
          answerError,
          nextRequestId,
        });
  closeInTime(server, fastPublish, closeGraceMs);
  void server.register(
    (api, _options, done) => {
      healthRoutes(api, operations.readiness);
      void api.register((guarded, _guardedOptions, guardedDone) => {
        requireToken(guarded, tokens);
        requireKnownQuery(guarded);
        const once = createAnswerOnce(operations.idempotency);
        applicationRoutes(guarded, operations.applications, once);
        endpointRoutes(guarded, operations.endpoints, once);
        eventTypeRoutes(guarded, operations.eventTypes, once);
        messageRoutes(guarded, operations.messages);
        attemptRoutes(guarded, operations.attempts, once);
        operationalWebhookRoutes(guarded, operations.operationalWebhooks, once);
        statisticsRoutes(guarded, operations.statistics);
        statusRoutes(guarded, operations.status);
        guardedDone();
      });
      done();
    },
    { prefix: '/api/v1' },
  );
  return server;
}

/** Unique across restarts, so that a reported id names one line of the log. */
function createRequestIds(): () => string {
  const start = randomBytes(6).toString('base64url');
  let count = 0;
  return () => `req_${start}_${(count++).toString(36)}`;
}
