import type { Principal } from '../principal.ts';
import type { SettingsInForceOut, StatusOut, TroubledEndpointsOut } from './status-out.ts';

export interface StatusOperations {
  /** The whole installation, over all its processes. Additive. */
  get(principal: Principal): Promise<StatusOut>;
  /** Endpoints of all applications that fail, are disabled or paused, the longest so first. Additive. */
  troubledEndpoints(principal: Principal): Promise<TroubledEndpointsOut>;
  /** The settings of the process that answers, and who set them; no secret is among them. Additive. */
  settings(principal: Principal): Promise<SettingsInForceOut>;
}
