import { isIP } from 'node:net';

/** Validation rules of the actions' parameters, for Moleculer's own validator. */

const id = { type: 'string', empty: false, max: 256 };

/** Present and not empty; the operations check its form. */
const url = { type: 'string', empty: false };

const idempotencyKey = { type: 'string', empty: false, max: 256, optional: true };

const ipAddress = {
  type: 'string',
  messages: { ipAddress: "The '{field}' field must be an IPv4 or IPv6 address." },
  custom(value: unknown, errors: { type: string; actual: unknown }[]): unknown {
    const isAddress = typeof value === 'string' && isIP(value) !== 0 && !value.includes('%');
    if (typeof value === 'string' && !isAddress) errors.push({ type: 'ipAddress', actual: value });
    return value;
  },
};

const waiting = {
  wait: { type: 'boolean', optional: true },
  timeoutMs: { type: 'number', integer: true, min: 1, max: 86_400_000, optional: true },
};

export const PARAMETERS = {
  register: { $$strict: true, targetUrl: url, idempotencyKey },
  update: { $$strict: true, id, newTargetUrl: url },
  get: { $$strict: true, id },
  list: {
    $$strict: true,
    after: { ...id, optional: true },
    limit: { type: 'number', integer: true, min: 1, max: 100_000, optional: true },
  },
  delete: { $$strict: true, id },
  trigger: { $$strict: true, ipAddress, idempotencyKey, ...waiting },
  publish: {
    $$strict: true,
    eventType: { type: 'string', empty: false, max: 256 },
    payload: { type: 'any' },
    idempotencyKey,
    ...waiting,
  },
};

export interface RegisterParams {
  readonly targetUrl: string;
  /** Default: the id of the call. The same key again registers nothing and answers the first id. */
  readonly idempotencyKey?: string;
}

export interface UpdateParams {
  readonly id: string;
  readonly newTargetUrl: string;
}

export interface IdParams {
  readonly id: string;
}

export interface ListParams {
  /** Only those registered after this one. */
  readonly after?: string;
  /** Default: all. */
  readonly limit?: number;
}

export interface PublishOptions {
  /** Default: the id of the call. The same key again publishes nothing and answers the first message. */
  readonly idempotencyKey?: string;
  /** Wait for the outcomes and answer with them. */
  readonly wait?: boolean;
  /** Longest wait for outcomes. */
  readonly timeoutMs?: number;
}

export interface TriggerParams extends PublishOptions {
  readonly ipAddress: string;
}

export interface PublishParams extends PublishOptions {
  readonly eventType: string;
  /** Any JSON value. */
  readonly payload: unknown;
}
