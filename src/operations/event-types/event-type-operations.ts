import type { Keep } from '../idempotency.ts';
import type { ListOut } from '../paging.ts';
import type { Principal } from '../principal.ts';
import type { Upserted } from '../upserted.ts';
import type { EventTypeOut } from './event-type-schemas.ts';
import type { EventTypeImportOpenApiOut, EventTypeOpenApiOut } from './openapi/openapi-schemas.ts';

export interface EventTypeOperations {
  /** EventTypeIn. Restores an archived event type with this name. */
  create(principal: Principal, input: unknown, keep?: Keep<EventTypeOut>): Promise<EventTypeOut>;
  /** EventTypeListOptions; by name. */
  list(principal: Principal, options?: unknown): Promise<ListOut<EventTypeOut>>;
  get(principal: Principal, name: string): Promise<EventTypeOut>;
  /** EventTypeUpdate. Replaces the event type, or creates one with this name. */
  update(principal: Principal, name: string, input: unknown): Promise<Upserted<EventTypeOut>>;
  /** EventTypePatch. */
  patch(principal: Principal, name: string, input: unknown): Promise<EventTypeOut>;
  /**
   * EventTypeImportOpenApiIn. Creates or changes an event type for each webhook of a document, in one transaction;
   * fields that the document does not have stay as they are.
   */
  importOpenapi(
    principal: Principal,
    input: unknown,
    keep?: Keep<EventTypeImportOpenApiOut>,
  ): Promise<EventTypeImportOpenApiOut>;
  /** The event types that are not archived, as the webhooks of a document. */
  exportOpenapi(principal: Principal): Promise<EventTypeOpenApiOut>;
  /** Archives the event type; with `expunge`, removes it. */
  delete(principal: Principal, name: string, options?: { expunge?: boolean }): Promise<void>;
}
