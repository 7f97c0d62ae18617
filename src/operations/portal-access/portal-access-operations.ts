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
   * ApplicationTokenExpireIn. Refuses the application's portal tokens that were issued until now, here
   * at once and in other processes within a second.
   */
  expireAll(principal: Principal, app: string, input: unknown, keep?: Keep<void>): Promise<void>;
  /** Refuses the portal token that calls from now on. */
  logout(principal: Principal): Promise<void>;
  /**
   * A token in the place of the portal token that calls, for as long as that was made for, but until a
   * week after the first was issued at the latest. It is the same token to `logout`, `expireAll` and the
   * audit: what ends the one ends the other.
   */
  renew(principal: Principal): Promise<PortalTokenOut>;
  whoami(principal: Principal): Promise<WhoamiOut>;
}
