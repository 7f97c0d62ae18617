import type { ListOut } from '../paging.ts';
import type { Principal } from '../principal.ts';
import type { AuditEntryOut } from './audit-schemas.ts';

/** Who changed what, when. Additive. */
export interface AuditOperations {
  /** AuditListOptions; newest first by default. */
  list(principal: Principal, options?: unknown): Promise<ListOut<AuditEntryOut>>;
}
