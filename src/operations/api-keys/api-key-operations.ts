import type { Keep } from '../idempotency.ts';
import type { ListOut } from '../paging.ts';
import type { Principal } from '../principal.ts';
import type { ApiTokenCensoredOut, ApiTokenOut } from './api-key-schemas.ts';

/** Stored bearer tokens, which can be listed, changed and revoked; Svix calls them API tokens. */
export interface ApiKeyOperations {
  /**
   * ApiTokenIn. Only this answer contains the key itself. Rejects with `insufficient_permissions` when the key
   * would have more rights than the principal.
   */
  create(principal: Principal, input: unknown, keep?: Keep<ApiTokenOut>): Promise<ApiTokenOut>;
  /** OrderedListOptions; newest first by default. Expired keys are listed for 90 days. */
  list(principal: Principal, options?: unknown): Promise<ListOut<ApiTokenCensoredOut>>;
  get(principal: Principal, key: string): Promise<ApiTokenCensoredOut>;
  /** ApiTokenUpdate. */
  update(principal: Principal, key: string, input: unknown): Promise<ApiTokenCensoredOut>;
  /** ApiTokenPatch. Rejects like `create`. */
  patch(principal: Principal, key: string, input: unknown): Promise<ApiTokenCensoredOut>;
  /**
   * ApiTokenExpireIn. Revokes the key, at once or at a later time; other processes know it within a second. A
   * key that expires earlier is left alone.
   */
  expire(principal: Principal, key: string, input: unknown, keep?: Keep<void>): Promise<void>;
}
