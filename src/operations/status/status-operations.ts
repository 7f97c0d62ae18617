import type { Principal } from '../principal.ts';
import type { StatusOut, TroubledEndpointsOut } from './status-out.ts';

export interface StatusOperations {
  /** The whole installation, over all its processes. Additive. */
  get(principal: Principal): Promise<StatusOut>;
  /** Endpoints of all applications that fail, are disabled or paused, the longest so first. Additive. */
  troubledEndpoints(principal: Principal): Promise<TroubledEndpointsOut>;
}
