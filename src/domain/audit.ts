/** One change by a person or a program: who changed which objects when. Contains no payloads and no secrets. */
export interface AuditEntry {
  /** `audit_…` */
  readonly id: string;
  readonly organizationId: string;
  /** The application of the changed object; null: the object belongs to the organization. */
  readonly applicationId: string | null;
  readonly at: number;
  readonly actor: AuditActor;
  /** The operation (`Operations`), such as `endpoints.patch`. */
  readonly operation: string;
  /** Ids of the changed objects, such as `endpointId`. */
  readonly objects: Readonly<Record<string, string>>;
}

export const ACTOR_KINDS = ['organization', 'key', 'portal', 'process'] as const;

export interface AuditActor {
  /** The kind of the token; `process`: no token, for example a call of the library. */
  readonly kind: (typeof ACTOR_KINDS)[number];
  /** The id of the token. */
  readonly id: string | null;
  readonly name: string | null;
}
