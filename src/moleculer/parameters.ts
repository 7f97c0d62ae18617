/**
 * Validation rules of the actions' parameters, for Moleculer's own validator. Numbers and flags are
 * also taken as text, which is how moleculer-web and the REPL pass them.
 */

const id = { type: 'string', empty: false, max: 256 };

/** Present and not empty; the operations check its form. */
const url = { type: 'string', empty: false };

/** An instant in ISO 8601; the operations check its form. */
const since = { type: 'string', empty: false, max: 64 };

const idempotencyKey = { type: 'string', empty: false, max: 256, optional: true };

const wholeNumber = { type: 'number', integer: true, convert: true };

const waiting = {
  wait: { type: 'boolean', convert: true, optional: true },
  timeoutMs: { ...wholeNumber, min: 1, max: 86_400_000, optional: true },
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
    limit: { ...wholeNumber, min: 1, max: 100_000, optional: true },
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
    limit: { ...wholeNumber, min: 1, max: 250, optional: true },
  },
};

export interface RegisterParams {
  readonly targetUrl: string;
  /** Default: the id of the call. The same key again registers nothing and answers the first id. */
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
  /** Only those registered after this one. */
  readonly after?: string | null;
  /** Default: all. */
  readonly limit?: number | null;
}

export interface PublishOptions {
  /** Default: the id of the call. The same key again publishes nothing and answers the first message. */
  readonly idempotencyKey?: string | null;
  /** Wait for the outcomes and answer with them. */
  readonly wait?: boolean | null;
  /** Longest wait for outcomes. */
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
  /** Of this webhook; default: of all. */
  readonly id?: string | null;
  /** The `after` of the page before. */
  readonly after?: string | null;
  readonly limit?: number | null;
}

export interface PublishParams extends PublishOptions, EventParams {}

export interface EventParams {
  readonly eventType: string;
  /** Any JSON value; required unless there is a `rawPayload`. */
  readonly payload?: unknown;
  /** Any text instead of JSON, which is signed and sent as it stands. */
  readonly rawPayload?: string | null;
  /** The media type of `rawPayload`, or of a `payload`, then one of JSON. Default: `application/json`. */
  readonly contentType?: string | null;
  /** Headers of each request with the message. */
  readonly headers?: Record<string, string> | null;
  /** Nothing is sent before this instant, in ISO 8601. */
  readonly deliverAt?: string | null;
  /** What lists find the message by. */
  readonly tags?: string[] | null;
}
