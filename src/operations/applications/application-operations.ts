import type { Keep } from '../idempotency.ts';
import type { ListOut } from '../paging.ts';
import type { Principal } from '../principal.ts';
import type { Upserted } from '../upserted.ts';
import type { ApplicationOut } from './application-schemas.ts';

export interface ApplicationOperations {
  /** ApplicationIn. With `getIfExists`, returns an existing application with this uid unchanged. */
  create(
    principal: Principal,
    input: unknown,
    options?: { getIfExists?: boolean; keep?: Keep<Upserted<ApplicationOut>> | undefined },
  ): Promise<Upserted<ApplicationOut>>;
  /** OrderedListOptions; oldest first by default. */
  list(principal: Principal, options?: unknown): Promise<ListOut<ApplicationOut>>;
  get(principal: Principal, app: string): Promise<ApplicationOut>;
  /** ApplicationIn. Replaces the application, or creates one with this uid. */
  update(principal: Principal, app: string, input: unknown): Promise<Upserted<ApplicationOut>>;
  /** ApplicationPatch. */
  patch(principal: Principal, app: string, input: unknown): Promise<ApplicationOut>;
  /** Also cancels the pending deliveries to its endpoints. */
  delete(principal: Principal, app: string): Promise<void>;
}
