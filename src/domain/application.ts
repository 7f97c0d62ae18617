import type { PolicyOverrides } from './policy.ts';

/** One customer of the organization; owns endpoints and messages. */
export interface Application {
  /** `app_…` */
  readonly id: string;
  readonly organizationId: string;
  /** The caller's own name for it, unique within the organization. */
  readonly uid: string | null;
  readonly name: string;
  /** Messages per second that it may publish, as told by the caller; null: no limit. */
  readonly rateLimit: number | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly policy: PolicyOverrides;
  readonly createdAt: number;
  readonly updatedAt: number;
}
