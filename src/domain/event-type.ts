/** A name such as `invoice.paid`, with its description and schemas. */
export interface EventType {
  readonly organizationId: string;
  /** Unique within the organization. */
  readonly name: string;
  readonly description: string;
  readonly archived: boolean;
  readonly deprecated: boolean;
  /** Only portal tokens with one of these flags see the event type; empty: all tokens do. */
  readonly featureFlags: readonly string[];
  /** The group under which lists show the event type. */
  readonly groupName: string | null;
  /** JSON Schemas by version, as given. */
  readonly schemas: Readonly<Record<string, unknown>> | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}
