/** A name such as `invoice.paid`, with its description and schemas. */
export interface EventType {
  readonly organizationId: string;
  /** Unique within the organization. */
  readonly name: string;
  readonly description: string;
  readonly archived: boolean;
  readonly deprecated: boolean;
  /** It exists only for portal tokens that have one of them; empty: for all. */
  readonly featureFlags: readonly string[];
  /** Under which lists of event types show it. */
  readonly groupName: string | null;
  /** JSON Schemas by version, as given. */
  readonly schemas: Readonly<Record<string, unknown>> | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}
