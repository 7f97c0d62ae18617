import type { EndpointOut } from '../operations/operations.ts';

/** A registered webhook, as the actions answer it. */
export interface Webhook {
  readonly id: string;
  readonly targetUrl: string;
  /** It answered 410 Gone and gets nothing until it is updated. */
  readonly disabled: boolean;
  /** ISO 8601. */
  readonly createdAt: string;
}

export function webhookOf({ id, url, disabled, createdAt }: EndpointOut): Webhook {
  return { id, targetUrl: url, disabled, createdAt };
}
