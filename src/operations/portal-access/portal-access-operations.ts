import type { Principal } from '../principal.ts';
import type { AppPortalAccessOut } from './portal-access-schemas.ts';

export interface PortalAccessOperations {
  /**
   * AppPortalAccessIn. A token that is limited to the application. `url` is empty when no `portalUrl` is
   * set. Rejects with `configuration` when there is no secret to sign it with. Not for portals.
   */
  grant(principal: Principal, app: string, input: unknown): Promise<AppPortalAccessOut>;
}
