/** Who calls. */
export interface Principal {
  readonly organizationId: string;
  /** Set for a portal token: the id of the one application that it may see. */
  readonly applicationId?: string;
  /** Of a portal token: which event types with a feature flag exist for it. Default: none of them. */
  readonly featureFlags?: readonly string[];
}
