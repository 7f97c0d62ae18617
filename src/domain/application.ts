import type { PolicyOverrides } from './policy.ts';

/** One customer of the organization; owns endpoints and messages. */
export interface Application {
  /** `app_…` */
  readonly id: string;
  readonly organizationId: string;
  /** The caller's own id of the application, unique within the organization. */
  readonly uid: string | null;
  readonly name: string;
  /** Messages per second that the application may publish (`throttleRate`); null: no limit. */
  readonly rateLimit: number | null;
  /** How long payloads of messages without a time of their own are kept; null: as the settings say. */
  readonly payloadRetentionDays: number | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly policy: PolicyOverrides;
  readonly createdAt: number;
  readonly updatedAt: number;
}
