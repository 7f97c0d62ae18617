import { isIP } from 'node:net';
import type { Context, ServiceSchema } from 'moleculer';
import { type PublishOptions, type Published, webhooksService } from 'posthaste/moleculer';
import type { WebhooksServiceOptions } from 'posthaste/moleculer';

export interface TriggerParams extends PublishOptions {
  readonly ipAddress: string;
  /**
   * The time of the visit in seconds; default: the time of this call. A repeated call with the same
   * `idempotencyKey` must give the same time: with another time it is another message.
   */
  readonly timestamp?: number | null;
}

/** The service `webhooks` of Posthaste and the action `trigger`, which tells a visitor's address. */
export function ipWebhooksService(options: WebhooksServiceOptions): ServiceSchema {
  return {
    name: 'webhooks',
    mixins: [webhooksService(options)],
    actions: {
      trigger: {
        params: PARAMETERS,
        handler(ctx: Context<TriggerParams>): Promise<Published> {
          const { ipAddress, idempotencyKey, timestamp, ...waiting } = ctx.params;
          const params = {
            eventType: 'ip.visited',
            payload: { ipAddress, timestamp: timestamp ?? Math.floor(Date.now() / 1000) },
            // The id of the caller's call: the inner call of `publish` has an id of its own.
            idempotencyKey: idempotencyKey ?? ctx.id,
            ...waiting,
          };
          return ctx.call<Published, object>('webhooks.publish', params);
        },
      },
    },
  };
}

const ipAddress = {
  type: 'string',
  messages: { ipAddress: "The '{field}' field must be an IPv4 or IPv6 address." },
  custom(value: unknown, errors: { type: string; actual: unknown }[]): unknown {
    const isAddress = typeof value === 'string' && isIP(value) !== 0 && !value.includes('%');
    if (typeof value === 'string' && !isAddress) errors.push({ type: 'ipAddress', actual: value });
    return value;
  },
};

/** A number, or its digits: moleculer-web and the REPL pass texts. */
const timestamp = {
  type: 'custom',
  optional: true,
  messages: { timestamp: "The '{field}' field must be a whole number of UNIX seconds." },
  check(value: unknown, errors: { type: string; actual: unknown }[]): unknown {
    const seconds = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value;
    const isTime = Number.isInteger(seconds) && Number(seconds) >= 0 && Number(seconds) < 1e12;
    if (!isTime) errors.push({ type: 'timestamp', actual: value });
    return seconds;
  },
};

/** `publish` checks these. */
const passedOn = { type: 'any', optional: true };

const PARAMETERS = {
  $$strict: true,
  ipAddress,
  timestamp,
  idempotencyKey: passedOn,
  wait: passedOn,
  timeoutMs: passedOn,
};
