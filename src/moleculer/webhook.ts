import type { EndpointOut } from '../operations/operations.ts';

/** A registered webhook, as the actions return it. */
export interface Webhook {
  readonly id: string;
  readonly targetUrl: string;
  /** True after the webhook answered 410 Gone or `webhook-delivery: disable`; it gets no requests until it is updated. */
  readonly disabled: boolean;
  /** ISO 8601. */
  readonly createdAt: string;
}

export function webhookOf({ id, url, disabled, createdAt }: EndpointOut): Webhook {
  return { id, targetUrl: url, disabled, createdAt };
}
