/** Who calls. */
export interface Principal {
  readonly organizationId: string;
  /** Set for a portal token: the id of the one application that it may see. */
  readonly applicationId?: string;
}
