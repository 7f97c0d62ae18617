import type { FastifyInstance } from 'fastify';
import type {
  ApplicationUsageOut,
  StartTask,
  TaskCountOut,
  TaskOperations,
  TaskStartedOut,
} from '../operations/operations.ts';
import { jsonBody } from './body.ts';
import { type AnswerOnce, ok } from './idempotency.ts';
import { queryOf } from './query.ts';

interface OfEndpoint {
  Params: { app_id: string; endpoint_id: string };
}

interface OfTask {
  Params: { task_id: string };
}

/** Routes of background tasks: repairs of many deliveries, and statistics over all applications. */
export function taskRoutes(
  server: FastifyInstance,
  operations: TaskOperations,
  once: AnswerOnce,
): void {
  function start(name: string, operation: StartTask, status = 202): void {
    server.post<OfEndpoint>(`/app/:app_id/endpoint/:endpoint_id/${name}`, (request, reply) =>
      once(
        request,
        reply,
        (out: TaskStartedOut | TaskCountOut) => {
          if ('count' in out) return ok(out);
          return { status, body: status === 204 ? undefined : out };
        },
        (keep) => {
          const { principal, params } = request;
          return operation(principal, params.app_id, params.endpoint_id, jsonBody(request), keep);
        },
      ),
    );
  }
  start('recover', operations.recover);
  start('replay-missing', operations.replayMissing);
  start('bulk-replay', operations.bulkReplay);
  // 204 without a body, as in Svix; the list of tasks shows the task.
  start('cancel-msgs', operations.cancelMessages, 204);

  server.post<{ Params: { app_id: string } }>(
    '/app/:app_id/msg/expunge-all-contents',
    (request, reply) =>
      once(
        request,
        reply,
        (out: TaskStartedOut) => ({ status: 202, body: out }),
        (keep) => operations.purgeContent(request.principal, request.params.app_id, keep),
      ),
  );

  server.post('/stats/usage/app', (request, reply) =>
    once(
      request,
      reply,
      (out: ApplicationUsageOut) => ({ status: 202, body: out }),
      (keep) => operations.aggregateUsage(request.principal, jsonBody(request), keep),
    ),
  );

  server.put('/stats/usage/event-types', async (request, reply) =>
    reply.code(202).send(await operations.aggregateEventTypes(request.principal)),
  );

  server.get('/background-task', (request) =>
    operations.list(request.principal, { expandedTasks: false, ...queryOf(request) }),
  );

  server.get<OfTask>('/background-task/:task_id', ({ principal, params }) =>
    operations.get(principal, params.task_id),
  );

  server.post<OfTask>('/background-task/:task_id/cancel', (request, reply) =>
    once(request, reply, ok, (keep) =>
      operations.cancel(request.principal, request.params.task_id, keep),
    ),
  );
}
