import type { Keep } from '../idempotency.ts';
import type { Principal } from '../principal.ts';
import type { EnvironmentImportOut, EnvironmentOut } from './configuration-schemas.ts';

/** An organization's event types, applications and endpoints as one document. Not for portals. */
export interface ConfigurationOperations {
  /**
   * EnvironmentExportOptions. Importing the document where it came from changes nothing. Rejects with
   * `configuration_too_large` when the organization has more objects than a document may hold.
   */
  export(principal: Principal, options?: unknown): Promise<EnvironmentOut>;
  /**
   * EnvironmentIn, EnvironmentImportOptions. The whole document is checked first and written in one
   * transaction. Objects that are not in the document stay as they are.
   */
  import(
    principal: Principal,
    input: unknown,
    options?: unknown,
    keep?: Keep<EnvironmentImportOut>,
  ): Promise<EnvironmentImportOut>;
}
