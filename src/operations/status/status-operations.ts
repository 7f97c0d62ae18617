import type { Principal } from '../principal.ts';
import type { StatusOut } from './status-out.ts';

export interface StatusOperations {
  /** The whole installation, over all its processes. Additive. */
  get(principal: Principal): Promise<StatusOut>;
}
