import { createHash } from 'node:crypto';
import type { Context, Service, ServiceSchema } from 'moleculer';
import { type Clock, systemClock } from '../domain/clock.ts';
import type { DeliveryEvent } from '../domain/delivery-event.ts';
import { PosthasteError, keyReused } from '../domain/errors.ts';
import {
  anything,
  checkOptions,
  numberAbove0,
  type OptionCheck,
  optional,
} from '../domain/options.ts';
import type { MessageIn, PolicyIn } from '../operations/operations.ts';
import { type DeliveryMetrics, createDeliveryMetrics } from './delivery-metrics.ts';
import { type ParameterNames, moleculerError, targetsUnknown } from './moleculer-error.ts';
import { type TargetOutcome, createOutcomes } from './outcomes.ts';
import { pages } from './pages.ts';
import {
  type EventParams,
  type IdParams,
  type ListParams,
  type MessageParams,
  PARAMETERS,
  type PublishBatchParams,
  type PublishOptions,
  type PublishParams,
  type RegisterParams,
  type SinceParams,
  type TaskParams,
  type UndeliveredParams,
  type UpdateParams,
} from './parameters.ts';
import type { WebhooksClient } from './webhooks-client.ts';
import { type Webhook, webhookOf } from './webhook.ts';

export interface WebhooksServiceOptions {
  /** The instance to use, which the service starts and stops. Its `concurrency` bounds the requests in flight. */
  readonly posthaste: WebhooksClient;
  /**
   * Replaces fields of the default policy: only status 200 is a success, 5 retries after 1, 2, 4, 8 and 16 s, and
   * endpoints are never disabled.
   */
  readonly policy?: PolicyIn;
  /** The `uid` of the application that owns the webhooks in Posthaste; created when it does not exist. */
  readonly applicationUid?: string;
  /** Longest wait for outcomes, in milliseconds, for calls without `timeoutMs`. */
  readonly waitTimeoutMs?: number;
  readonly clock?: Clock;
}

/** The answer of `publish`, once the message and its deliveries are durable. */
export interface Published {
  readonly messageId: string;
  /** Number of webhooks that get the message. */
  readonly targets: number;
  /** With `wait`: one per target, by webhook id. */
  readonly outcomes?: readonly TargetOutcome[];
}

/** The payload of `webhooks.delivered` and, with `failure` and `detail`, of `webhooks.exhausted`. */
export interface DeliveryConcluded {
  readonly id: string;
  readonly targetUrl: string;
  readonly messageId: string;
  readonly attempts: number;
  readonly statusCode: number | null;
  /** Duration of the last attempt. */
  readonly durationMs: number;
  /** UNIX milliseconds. */
  readonly at: number;
  readonly failure?: string;
  readonly detail?: string;
}

/**
 * A Moleculer service named `webhooks` with the actions register, update, get, list, delete, publish, publishBatch,
 * cancel, undelivered, pause, resume, recover, replayMissing and task. A schema with this service among its
 * `mixins` can add actions of its own. `docs/moleculer.md` describes the actions, events, errors and metrics.
 * Throws `validation` for a wrong or unknown option.
 */
export function webhooksService(options: WebhooksServiceOptions): ServiceSchema {
  checkOptions(options, OPTIONS);
  const { posthaste, clock = systemClock } = options;
  const { applicationUid = 'webhooks', waitTimeoutMs = 300_000 } = options;
  const outcomes = createOutcomes(posthaste, clock);
  let metrics: DeliveryMetrics | null = null;
  let application: string | null = null;
  let stopListening = (): void => {};

  async function start(service: Service): Promise<void> {
    metrics = createDeliveryMetrics(service.broker);
    try {
      await posthaste.start();
      const policy: PolicyIn = { ...DEFAULT_POLICY, ...options.policy };
      const input = { uid: applicationUid, name: 'Webhooks of a Moleculer service', policy };
      const { id } = await posthaste.application.getOrCreate(input);
      await posthaste.application.patch(id, { policy });
      application = id;
    } catch (error) {
      await posthaste.stop();
      throw error;
    }
    const kinds = ['delivered', 'failed', 'exhausted', 'disabled'] as const;
    const ends = kinds.map((kind) => posthaste.on(kind, (event) => hear(service, event)));
    stopListening = () => ends.forEach((end) => end());
  }

  async function stop(): Promise<void> {
    outcomes.close();
    await posthaste.stop();
    stopListening();
  }

  /** Emits the event of a delivery. `emit` never rejects: Moleculer logs failures of sending and of handlers itself. */
  async function hear({ broker }: Service, event: DeliveryEvent): Promise<void> {
    if (event.applicationId !== application) return;
    metrics?.hear(event);
    outcomes.hear(event);
    const concluded = concludedOf(event);
    if (concluded) await broker.emit(`webhooks.${event.kind}`, concluded);
  }

  function app(): string {
    if (application === null) throw new PosthasteError('stopping', 'The service has not started');
    return application;
  }

  async function publish(ctx: Context<PublishOptions>, input: MessageIn): Promise<Published> {
    const { wait, timeoutMs } = ctx.params;
    const message = await posthaste.message.create(app(), input, {
      idempotencyKey: keyOf(ctx),
      withContent: false,
      traceparent: traceparentOf(ctx),
    });
    metrics?.accepted(input.eventType);
    if (!wait) return { messageId: message.id, targets: await countTargets(message.id) };
    metrics?.waiting(1);
    try {
      // Ends before the caller's own time-out, so that the caller gets the outcomes known by then.
      const patienceMs = (ctx.options.timeout || Number.POSITIVE_INFINITY) * 0.9;
      const known = await outcomes.of(
        app(),
        message.id,
        Math.min(timeoutMs ?? waitTimeoutMs, patienceMs),
      );
      return { messageId: message.id, targets: known.length, outcomes: known };
    } finally {
      metrics?.waiting(-1);
    }
  }

  async function countTargets(messageId: string): Promise<number> {
    let count = 0;
    try {
      for await (const page of pages((paging) =>
        posthaste.messageAttempt.listAttemptedDestinations(app(), messageId, paging),
      )) {
        count += page.length;
      }
    } catch (error) {
      throw targetsUnknown(messageId, error);
    }
    return count;
  }

  return {
    name: 'webhooks',

    actions: {
      register: {
        params: PARAMETERS.register,
        handler: translating({ url: 'targetUrl' }, async (ctx: Context<RegisterParams>) => {
          const { targetUrl: url } = ctx.params;
          const uid = keyOf(ctx);
          // The webhook's URL may have changed before the repeated call, so it is not compared.
          const registered = hash(url);
          try {
            const metadata = { registered };
            const { id } = await posthaste.endpoint.create(app(), { url, uid, metadata });
            return { id };
          } catch (error) {
            if (!(error instanceof PosthasteError && error.code === 'conflict')) throw error;
            const { id, metadata } = await posthaste.endpoint.get(app(), uid);
            if ((metadata['registered'] ?? registered) !== registered) throw keyReused();
            return { id };
          }
        }),
      },

      update: {
        params: PARAMETERS.update,
        handler: translating(
          { url: 'newTargetUrl' },
          async ({ params }: Context<UpdateParams>): Promise<Webhook> => {
            const change = { url: params.newTargetUrl, disabled: false };
            return webhookOf(await posthaste.endpoint.patch(app(), params.id, change));
          },
        ),
      },

      get: {
        params: PARAMETERS.get,
        handler: translating({}, async ({ params }: Context<IdParams>) => {
          const webhook = webhookOf(await posthaste.endpoint.get(app(), params.id));
          const { key } = await posthaste.endpoint.getSecret(app(), params.id);
          return { ...webhook, secret: key };
        }),
      },

      list: {
        params: PARAMETERS.list,
        handler: translating(
          { iterator: 'after' },
          async ({ params }: Context<ListParams>): Promise<Webhook[]> => {
            const limit = params.limit ?? Number.POSITIVE_INFINITY;
            const found: Webhook[] = [];
            const read = (paging: object) =>
              posthaste.endpoint.list(app(), { ...paging, order: 'ascending' });
            for await (const page of pages(read, params.after ?? null)) {
              found.push(...page.map(webhookOf));
              if (found.length >= limit) break;
            }
            return found.slice(0, limit);
          },
        ),
      },

      delete: {
        params: PARAMETERS.delete,
        handler: translating({}, async ({ params: { id } }: Context<IdParams>) => {
          await posthaste.endpoint.delete(app(), id);
          return { id };
        }),
      },

      pause: {
        params: PARAMETERS.pause,
        handler: translating({}, async ({ params: { id } }: Context<IdParams>) => {
          const { paused } = await posthaste.endpoint.pause(app(), id);
          return { id, paused };
        }),
      },

      resume: {
        params: PARAMETERS.resume,
        handler: translating({}, async ({ params: { id } }: Context<IdParams>) => {
          const { paused } = await posthaste.endpoint.resume(app(), id);
          return { id, paused };
        }),
      },

      recover: {
        params: PARAMETERS.recover,
        handler: translating({}, async ({ params: { id, since } }: Context<SinceParams>) => {
          const { id: taskId } = await posthaste.endpoint.recover(app(), id, { since });
          return { taskId };
        }),
      },

      replayMissing: {
        params: PARAMETERS.replayMissing,
        handler: translating({}, async ({ params: { id, since } }: Context<SinceParams>) => {
          const { id: taskId } = await posthaste.endpoint.replayMissing(app(), id, { since });
          return { taskId };
        }),
      },

      task: {
        params: PARAMETERS.task,
        handler: translating({}, async ({ params: { taskId } }: Context<TaskParams>) => {
          const { status, data } = await posthaste.backgroundTask.get(taskId);
          const { scanned, changed, reason } = data;
          return { taskId, status, scanned, changed, reason };
        }),
      },

      publish: {
        params: PARAMETERS.publish,
        handler: translating({}, (ctx: Context<PublishParams>) => {
          return publish(ctx, messageOf(ctx.params));
        }),
      },

      publishBatch: {
        params: PARAMETERS.publishBatch,
        handler: translating({}, async (ctx: Context<PublishBatchParams>) => {
          const messages = ctx.params.messages.map((event) => ({
            ...messageOf(event),
            ...(event.idempotencyKey != null && { idempotencyKey: hash(event.idempotencyKey) }),
          }));
          const options = { idempotencyKey: keyOf(ctx), traceparent: traceparentOf(ctx) };
          const { results } = await posthaste.message.createBatch(app(), messages, options);
          return {
            results: results.map((result, index) => {
              if (!('id' in result)) return { code: result.code, detail: result.detail };
              metrics?.accepted(messages[index]?.eventType ?? '');
              return { messageId: result.id };
            }),
          };
        }),
      },

      cancel: {
        params: PARAMETERS.cancel,
        handler: translating({}, async ({ params: { messageId } }: Context<MessageParams>) => {
          await posthaste.message.cancel(app(), messageId);
          return { messageId };
        }),
      },

      undelivered: {
        params: PARAMETERS.undelivered,
        handler: translating(
          { iterator: 'after', endpointId: 'id' },
          async ({ params: { id, after, limit } }: Context<UndeliveredParams>) => {
            const options = { endpointId: id ?? null, iterator: after ?? null, limit: limit ?? 50 };
            const { data, iterator, done } = await posthaste.undelivered.listOfApplication(
              app(),
              options,
            );
            const deliveries = data.map((row) => ({
              id: row.endpointId,
              messageId: row.msgId,
              eventType: row.eventType,
              state: row.status === 2 ? 'exhausted' : 'pending',
              attempts: row.attemptCount,
              nextAttempt: row.nextAttempt,
            }));
            return { deliveries, after: done ? null : iterator };
          },
        ),
      },
    },

    started() {
      return start(this);
    },
    stopped: stop,
  };
}

type Handler<P, R> = (ctx: Context<P>) => Promise<R>;

function messageOf(event: EventParams): MessageIn {
  const { eventType, payload, rawPayload, contentType, headers, deliverAt, tags } = event;
  return {
    eventType,
    payload,
    rawPayload: rawPayload ?? null,
    contentType: contentType ?? null,
    ...(headers != null && { headers }),
    ...(deliverAt != null && { deliverAt }),
    ...(tags != null && { tags }),
  };
}

function translating<P extends object, R>(
  names: ParameterNames,
  handler: Handler<P, R>,
): Handler<P, R> {
  return async (ctx) => {
    try {
      return await handler(ctx);
    } catch (error) {
      throw moleculerError(error, names, 'id' in ctx.params ? String(ctx.params.id) : undefined);
    }
  };
}

/**
 * The idempotency key of a call: the given key, or the id of the call. A transporter may deliver a call twice, and
 * a caller without an answer may call again; with the same key, both calls take effect once.
 */
function keyOf(ctx: Context<{ readonly idempotencyKey?: string | null }>): string {
  return hash(ctx.params.idempotencyKey ?? ctx.id);
}

/** The `traceparent` of a caller in another process, from `meta`; in this process, the caller's span is active. */
function traceparentOf(ctx: Context): string | undefined {
  const { traceparent } = ctx.meta as { readonly traceparent?: unknown };
  return typeof traceparent === 'string' ? traceparent : undefined;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function concludedOf({ kind, attempt, at }: DeliveryEvent): DeliveryConcluded | null {
  if (attempt === undefined || (kind !== 'delivered' && kind !== 'exhausted')) return null;
  const { failure, detail } = attempt;
  return {
    id: attempt.endpointId,
    targetUrl: attempt.url,
    messageId: attempt.messageId,
    attempts: attempt.number,
    statusCode: attempt.statusCode,
    durationMs: attempt.durationMs,
    at,
    ...(failure && { failure, detail }),
  };
}

const OPTIONS = {
  posthaste: (value) =>
    typeof value === 'object' && value !== null ? null : 'must be a Posthaste',
  // Posthaste checks both at the start.
  policy: anything,
  applicationUid: anything,
  waitTimeoutMs: optional(numberAbove0('milliseconds')),
  clock: anything,
} satisfies Record<keyof WebhooksServiceOptions, OptionCheck>;

const DEFAULT_POLICY: PolicyIn = {
  success: '200',
  retrySchedule: [1, 2, 4, 8, 16],
  disableAfter: null,
};
