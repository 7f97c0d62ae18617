import type { Keep } from '../idempotency.ts';
import type { ListOut } from '../paging.ts';
import type { Principal } from '../principal.ts';
import type { ApiTokenCensoredOut, ApiTokenOut } from './api-key-schemas.ts';

/** Bearer tokens that are kept, so that they can be listed, changed and revoked; Svix calls them API tokens. */
export interface ApiKeyOperations {
  /**
   * ApiTokenIn. The only answer that has the key itself. Rejects with `insufficient_permissions` when
   * the key could do more than whoever makes it.
   */
  create(principal: Principal, input: unknown, keep?: Keep<ApiTokenOut>): Promise<ApiTokenOut>;
  /** OrderedListOptions; newest first by default. Expired keys are listed for 90 days. */
  list(principal: Principal, options?: unknown): Promise<ListOut<ApiTokenCensoredOut>>;
  get(principal: Principal, key: string): Promise<ApiTokenCensoredOut>;
  /** ApiTokenUpdate. */
  update(principal: Principal, key: string, input: unknown): Promise<ApiTokenCensoredOut>;
  /** ApiTokenPatch. Rejects as `create` does. */
  patch(principal: Principal, key: string, input: unknown): Promise<ApiTokenCensoredOut>;
  /**
   * ApiTokenExpireIn. Revokes the key, here at once and in other processes within a second, or later. A
   * key that expires earlier stays as it is.
   */
  expire(principal: Principal, key: string, input: unknown, keep?: Keep<void>): Promise<void>;
}
