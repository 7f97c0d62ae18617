import type { Keep } from '../idempotency.ts';
import type { Principal } from '../principal.ts';
import type { EnvironmentImportOut, EnvironmentOut } from './configuration-schemas.ts';

/** An organization's event types, applications and endpoints as one document. Not for portals. */
export interface ConfigurationOperations {
  /**
   * EnvironmentExportOptions. Importing it where it came from changes nothing. Rejects with
   * `configuration_too_large` when there is more than a document may hold.
   */
  export(principal: Principal, options?: unknown): Promise<EnvironmentOut>;
  /**
   * EnvironmentIn, EnvironmentImportOptions. Everything is checked before anything is written, and all of
   * it is written in one transaction. What the document leaves out stays as it is.
   */
  import(
    principal: Principal,
    input: unknown,
    options?: unknown,
    keep?: Keep<EnvironmentImportOut>,
  ): Promise<EnvironmentImportOut>;
}
