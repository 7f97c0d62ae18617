/** A name such as `invoice.paid`, with its description and schemas. */
export interface EventType {
  readonly organizationId: string;
  /** Unique within the organization. */
  readonly name: string;
  readonly description: string;
  readonly archived: boolean;
  readonly deprecated: boolean;
  readonly featureFlag: string | null;
  /** JSON Schemas by version, as given. */
  readonly schemas: Readonly<Record<string, unknown>> | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}
