import type { Keep } from '../idempotency.ts';
import type { Principal } from '../principal.ts';
import type { AppPortalAccessOut, WhoamiOut } from './portal-access-schemas.ts';

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
  whoami(principal: Principal): Promise<WhoamiOut>;
}
