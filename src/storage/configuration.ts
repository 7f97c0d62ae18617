import type { Application } from '../domain/application.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import type { EventType } from '../domain/event-type.ts';
import type { OperationalEvent } from '../domain/operational-event.ts';
import type { OrganizationSettings } from '../domain/organization-settings.ts';

/** The change of one row. */
export type RowChange<T> =
  | { readonly kind: 'create'; readonly edited: T }
  /** Like `update` of the row's repository. */
  | { readonly kind: 'update'; readonly found: T; readonly edited: T }
  /** Like `delete` of the row's repository. */
  | { readonly kind: 'delete'; readonly found: T };

export interface ConfigurationChange {
  readonly eventTypes: readonly RowChange<EventType>[];
  readonly applications: readonly RowChange<Application>[];
  readonly endpoints: readonly RowChange<Endpoint>[];
  /** Null: the settings stay as they are. */
  readonly settings: {
    readonly organizationId: string;
    readonly edited: OrganizationSettings;
  } | null;
  /** Events that are stored in the same transaction as the changes. */
  readonly events: readonly OperationalEvent[];
  readonly now: number;
}
