import fastify, { type FastifyInstance } from 'fastify';
import { randomBytes } from 'node:crypto';
import type { Operations, Principal, Tokens } from '../operations/operations.ts';
import { apiKeyRoutes } from './api-keys.ts';
import { applicationRoutes } from './applications.ts';
import { auditRoutes } from './audit.ts';
import { attemptRoutes } from './attempts.ts';
import { requireToken } from './auth.ts';
import { readJsonAsText, refuseCompressed } from './body.ts';
import { LINGER_MS, closeInTime } from './closing.ts';
import { configurationRoutes } from './configuration.ts';
import { createCors, markAnswers } from './cors.ts';
import { drainBeforeClose } from './drain.ts';
import { endpointAuthenticationRoutes } from './endpoint-authentication.ts';
import { endpointTransformationRoutes } from './endpoint-transformation.ts';
import { endpointRoutes } from './endpoints.ts';
import { type ErrorLog, answerErrors, answerUnroutable, createErrorAnswers } from './errors.ts';
import { eventTypeRoutes } from './event-types.ts';
import { type FacesOptions, faceRoutes } from './faces/face-routes.ts';
import { createFastPublish } from './fast-publish/fast-publish.ts';
import { healthRoutes } from './health.ts';
import { createAnswerOnce } from './idempotency.ts';
import { createMalformedAnswers } from './malformed-requests.ts';
import type { Inbox } from './inbox/inbox.ts';
import { inboxRoutes } from './inbox/inbox-routes.ts';
import { listenerRoutes } from './listeners.ts';
import { messageRoutes } from './messages.ts';
import { operationalWebhookRoutes } from './operational-webhooks.ts';
import { requireOneHost } from './one-host.ts';
import { statisticsRoutes } from './statistics.ts';
import { undeliveredRoutes } from './undelivered.ts';
import { portalAccessRoutes } from './portal-access.ts';
import { manualRoutes } from './reference/manual-routes.ts';
import { referenceRoutes } from './reference/reference-routes.ts';
import { nameContracts, requireContract } from './require-contract.ts';
import { settingsRoutes } from './settings.ts';
import { statusRoutes } from './status.ts';
import { openapiRoute } from './openapi/openapi-route.ts';
import { taskRoutes } from './tasks.ts';
import { answerUnknownPaths } from './unknown-paths.ts';

export interface HttpServerDeps {
  readonly operations: Operations;
  /** Verifies tokens. */
  readonly tokens: Pick<Tokens, 'verify'>;
  /** Receives defects; requests are not logged. */
  readonly log: ErrorLog;
  /** True for an error of an unavailable database, which is logged elsewhere. */
  readonly explains?: (error: unknown) => boolean;
  readonly bodyLimitBytes?: number;
  /** Version of Posthaste, for the description of the API. */
  readonly version?: string;
  /** Whether publishes may be answered without Fastify (see `fast-publish/`); default true. */
  readonly fastPublish?: boolean;
  /** Origins whose scripts may read the answers, or `*` for any; default: none. */
  readonly corsOrigins?: readonly string[];
  readonly faces?: FacesOptions;
  /** A receiver for trying things out, which anyone who knows its id may use; default none. */
  readonly inbox?: { readonly inbox: Inbox; readonly principal: Principal } | null;
  /** How long `close` waits for requests in flight before it cuts their connections. */
  readonly closeGraceMs?: number;
  /** How long `close` first leaves idle connections open; default `LINGER_MS`. */
  readonly closeLingerMs?: number;
}

/**
 * The HTTP API over the operations; call `listen` and `close` of the returned instance. `close` takes no
 * new connections, answers requests on open ones for a moment, finishes the requests in flight and
 * tells their clients to connect again.
 */
export function createHttpServer(deps: HttpServerDeps): FastifyInstance {
  const { operations, tokens, log, bodyLimitBytes = 1024 * 1024 } = deps;
  const { closeGraceMs = 5_000, closeLingerMs = LINGER_MS } = deps;
  const nextRequestId = createRequestIds();
  const answerError = createErrorAnswers(log, deps.explains);
  const cors = createCors(deps.corsOrigins ?? []);
  const malformed = createMalformedAnswers(cors);
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
      reply.headers(cors.fieldsFor(request.headers.origin));
      answerUnroutable(reply);
    },
    // While closing, requests on open connections are still answered.
    return503OnClosing: false,
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    http: {
      headersTimeout: 15_000,
      maxHeaderSize: 16 * 1024,
      connectionsCheckingInterval: 5_000,
      requireHostHeader: false,
    },
    clientErrorHandler: malformed.unparsed,
  });
  server.server.on('checkExpectation', malformed.expectation).on('connect', malformed.connect);
  markAnswers(server, cors);
  answerErrors(server, answerError);
  answerUnknownPaths(server, cors);
  requireOneHost(server);
  readJsonAsText(server, operations.longWork);
  const { messages } = operations;
  const fastPublish =
    deps.fastPublish === false
      ? null
      : createFastPublish(server.server, {
          tokens,
          messages,
          longWork: operations.longWork,
          bodyLimitBytes,
          answerError,
          nextRequestId,
        });
  closeInTime(server, fastPublish, { lingerMs: closeLingerMs, graceMs: closeGraceMs });
  drainBeforeClose(server);
  faceRoutes(server, deps.faces);
  referenceRoutes(server, `${PREFIX}/openapi.json`);
  manualRoutes(server);
  if (deps.inbox) inboxRoutes(server, deps.inbox.inbox, operations, deps.inbox.principal);
  void server.register(
    (api, _options, done) => {
      nameContracts(api, PREFIX);
      healthRoutes(api, operations.readiness);
      openapiRoute(api, deps.version ?? '0.0.0', PREFIX);
      void api.register((guarded, _guardedOptions, guardedDone) => {
        requireToken(guarded, tokens);
        requireContract(guarded);
        refuseCompressed(guarded);
        const once = createAnswerOnce(operations.idempotency, operations.longWork);
        applicationRoutes(guarded, operations.applications, once);
        endpointRoutes(guarded, operations.endpoints, once);
        endpointAuthenticationRoutes(guarded, operations.endpoints);
        endpointTransformationRoutes(guarded, operations.endpoints);
        eventTypeRoutes(guarded, operations.eventTypes, once);
        messageRoutes(guarded, operations.messages, once);
        attemptRoutes(guarded, operations.attempts, once);
        operationalWebhookRoutes(guarded, operations.operationalWebhooks, once);
        statisticsRoutes(guarded, operations.statistics);
        undeliveredRoutes(guarded, operations.undelivered);
        portalAccessRoutes(guarded, operations.portalAccess, once);
        apiKeyRoutes(guarded, operations.apiKeys, once);
        taskRoutes(guarded, operations.tasks, once);
        configurationRoutes(guarded, operations.configuration, once);
        settingsRoutes(guarded, operations.settings);
        statusRoutes(guarded, operations.status);
        auditRoutes(guarded, operations.audit);
        listenerRoutes(guarded, operations.listeners, tokens);
        guardedDone();
      });
      done();
    },
    { prefix: PREFIX },
  );
  return server;
}

const PREFIX = '/api/v1';

/** Ids that are unique across restarts, so that a reported id identifies one line of the log. */
function createRequestIds(): () => string {
  const start = randomBytes(6).toString('base64url');
  let count = 0;
  return () => `req_${start}_${(count++).toString(36)}`;
}
