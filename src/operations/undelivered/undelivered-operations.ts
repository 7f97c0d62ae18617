import type { ListOut } from '../paging.ts';
import type { Principal } from '../principal.ts';
import type { UndeliveredCountOut, UndeliveredOut } from './undelivered-schemas.ts';

/** Deliveries whose attempts have failed so far, pending or exhausted; newest message first. */
export interface UndeliveredOperations {
  /** UndeliveredListOptions. Deliveries of all applications that the principal may see. */
  list(principal: Principal, options?: unknown): Promise<ListOut<UndeliveredOut>>;
  /** UndeliveredOfApplicationOptions. */
  listOfApplication(
    principal: Principal,
    app: string,
    options?: unknown,
  ): Promise<ListOut<UndeliveredOut>>;
  /** UndeliveredFilter. */
  count(principal: Principal, options?: unknown): Promise<UndeliveredCountOut>;
  /** UndeliveredCountOfApplicationOptions. */
  countOfApplication(
    principal: Principal,
    app: string,
    options?: unknown,
  ): Promise<UndeliveredCountOut>;
}
