import type { Keep } from '../idempotency.ts';
import type { ListOut } from '../paging.ts';
import type { Principal } from '../principal.ts';
import type { Upserted } from '../upserted.ts';
import type { ApplicationOut } from './application-schemas.ts';

export interface ApplicationOperations {
  /** ApplicationIn. With `getIfExists`, an existing one with this uid is answered as it is. */
  create(
    principal: Principal,
    input: unknown,
    options?: { getIfExists?: boolean; keep?: Keep<Upserted<ApplicationOut>> | undefined },
  ): Promise<Upserted<ApplicationOut>>;
  /** OrderedListOptions; oldest first by default. */
  list(principal: Principal, options?: unknown): Promise<ListOut<ApplicationOut>>;
  get(principal: Principal, app: string): Promise<ApplicationOut>;
  /** ApplicationIn. Replaces it, or creates one with this uid. */
  update(principal: Principal, app: string, input: unknown): Promise<Upserted<ApplicationOut>>;
  /** ApplicationPatch. */
  patch(principal: Principal, app: string, input: unknown): Promise<ApplicationOut>;
  /** Cancels the deliveries owed to its endpoints. */
  delete(principal: Principal, app: string): Promise<void>;
}
