import type { Keep } from '../idempotency.ts';
import type { Principal } from '../principal.ts';
import type { AppPortalAccessOut, PortalTokenOut, WhoamiOut } from './portal-access-schemas.ts';

export interface PortalAccessOperations {
  /**
   * AppPortalAccessIn. A token that is limited to the application. `url` is empty when no `portalUrl` is
   * set. Rejects with `configuration` when there is no secret to sign it with.
   */
  grant(principal: Principal, app: string, input: unknown): Promise<AppPortalAccessOut>;
  /**
   * ApplicationTokenExpireIn. Revokes the application's portal tokens that were issued until now: in this process at
   * once, in others within a second.
   */
  expireAll(principal: Principal, app: string, input: unknown, keep?: Keep<void>): Promise<void>;
  /** Revokes the principal's portal token. */
  logout(principal: Principal): Promise<void>;
  /**
   * Makes a new token in place of the principal's portal token, with the same lifetime, but not beyond a week after
   * the first token was issued. Both count as one token for `logout`, `expireAll` and the audit: revoking one
   * revokes the other.
   */
  renew(principal: Principal): Promise<PortalTokenOut>;
  whoami(principal: Principal): Promise<WhoamiOut>;
}
