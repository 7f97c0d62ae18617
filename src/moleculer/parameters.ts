/**
 * Validation rules of the actions' parameters, for Moleculer's own validator. Numbers and flags are also accepted
 * as text, because moleculer-web and the REPL pass them so.
 */

const id = { type: 'string', empty: false, max: 256 };

/** Present and not empty; the operations check its form. */
const url = { type: 'string', empty: false };

/** An instant in ISO 8601; the operations check its form. */
const since = { type: 'string', empty: false, max: 64 };

const idempotencyKey = { type: 'string', empty: false, max: 256, optional: true };

/** Not the conversion of Moleculer's validator, which takes an empty text, flags and lists for numbers, too. */
function wholeNumber(least: number, most: number) {
  return {
    type: 'custom',
    optional: true,
    messages: {
      wholeNumber: `The '{field}' field must be a whole number from ${least} to ${most}.`,
    },
    check(value: unknown, errors: { type: string; actual: unknown }[]): unknown {
      const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
      const isWanted =
        Number.isSafeInteger(number) && Number(number) >= least && Number(number) <= most;
      if (!isWanted) errors.push({ type: 'wholeNumber', actual: value });
      return number;
    },
  };
}

const waiting = {
  wait: { type: 'boolean', convert: true, optional: true },
  timeoutMs: wholeNumber(1, 86_400_000),
};

const event = {
  eventType: { type: 'string', empty: false, max: 256 },
  payload: { type: 'any', nullable: true, optional: true },
  rawPayload: { type: 'string', optional: true },
  contentType: { type: 'string', optional: true },
  /** The operations check names and values. */
  headers: { type: 'object', optional: true },
  /** An instant in ISO 8601; the operations check its form. */
  deliverAt: { type: 'string', empty: false, max: 64, optional: true },
  tags: { type: 'array', items: 'string', optional: true },
};

export const PARAMETERS = {
  register: { $$strict: true, targetUrl: url, idempotencyKey },
  update: { $$strict: true, id, newTargetUrl: url },
  get: { $$strict: true, id },
  list: {
    $$strict: true,
    after: { ...id, optional: true },
    limit: wholeNumber(1, 100_000),
  },
  delete: { $$strict: true, id },
  pause: { $$strict: true, id },
  resume: { $$strict: true, id },
  recover: { $$strict: true, id, since },
  replayMissing: { $$strict: true, id, since },
  task: { $$strict: true, taskId: id },
  publish: {
    $$strict: true,
    ...event,
    idempotencyKey,
    ...waiting,
  },
  publishBatch: {
    $$strict: true,
    messages: {
      type: 'array',
      min: 1,
      max: 1_000,
      items: { type: 'object', strict: true, props: { ...event, idempotencyKey } },
    },
    idempotencyKey,
  },
  cancel: { $$strict: true, messageId: id },
  undelivered: {
    $$strict: true,
    id: { ...id, optional: true },
    after: { type: 'string', empty: false, max: 256, optional: true },
    limit: wholeNumber(1, 250),
  },
};

export interface RegisterParams {
  readonly targetUrl: string;
  /** Default: the id of the call. A second call with the same key registers nothing and returns the first webhook. */
  readonly idempotencyKey?: string | null;
}

export interface UpdateParams {
  readonly id: string;
  readonly newTargetUrl: string;
}

export interface IdParams {
  readonly id: string;
}

export interface SinceParams extends IdParams {
  readonly since: string;
}

export interface TaskParams {
  readonly taskId: string;
}

export interface ListParams {
  /** Only webhooks registered after this one (a webhook's id). */
  readonly after?: string | null;
  /** Default: all. */
  readonly limit?: number | null;
}

export interface PublishOptions {
  /** Default: the id of the call. A second call with the same key publishes nothing and returns the first message. */
  readonly idempotencyKey?: string | null;
  /** Wait for the outcomes and return them. */
  readonly wait?: boolean | null;
  /** Longest wait for outcomes, in milliseconds. */
  readonly timeoutMs?: number | null;
}

export interface PublishBatchParams {
  readonly messages: readonly (EventParams & { readonly idempotencyKey?: string | null })[];
  /** Default: the id of the call. */
  readonly idempotencyKey?: string | null;
}

export interface MessageParams {
  readonly messageId: string;
}

export interface UndeliveredParams {
  /** Only deliveries to this webhook; default: to all. */
  readonly id?: string | null;
  /** The `after` of the previous page. */
  readonly after?: string | null;
  readonly limit?: number | null;
}

export interface PublishParams extends PublishOptions, EventParams {}

export interface EventParams {
  readonly eventType: string;
  /** Any JSON value; required unless there is a `rawPayload`. */
  readonly payload?: unknown;
  /** Any text instead of JSON, signed and sent unchanged. */
  readonly rawPayload?: string | null;
  /** The media type of `rawPayload`, or of `payload` (then a JSON type). Default: `application/json`. */
  readonly contentType?: string | null;
  /** Headers of each request with the message. */
  readonly headers?: Record<string, string> | null;
  /** The message is not sent before this instant, in ISO 8601. */
  readonly deliverAt?: string | null;
  /** Tags by which lists find the message. */
  readonly tags?: string[] | null;
}
