import type { PolicyOverrides } from './policy.ts';

/** One customer of the organization; owns endpoints and messages. */
export interface Application {
  /** `app_…` */
  readonly id: string;
  readonly organizationId: string;
  /** An id of the caller's choice, unique within the organization. */
  readonly uid: string | null;
  readonly name: string;
  /** Messages per second that the application may publish (`throttleRate`); null: no limit. */
  readonly rateLimit: number | null;
  /** Days for which payloads are kept, unless the message has its own number; null: the organization's setting applies. */
  readonly payloadRetentionDays: number | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly policy: PolicyOverrides;
  readonly createdAt: number;
  readonly updatedAt: number;
}
