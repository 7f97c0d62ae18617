/** One change by a person or a program: who, what, when. Never what was in it: no payloads, no secrets. */
export interface AuditEntry {
  /** `audit_…` */
  readonly id: string;
  readonly organizationId: string;
  /** Whose application was changed; null: something of the organization. */
  readonly applicationId: string | null;
  readonly at: number;
  readonly actor: AuditActor;
  /** Of `Operations`, such as `endpoints.patch`. */
  readonly operation: string;
  /** Ids of what was changed, such as `endpointId`. */
  readonly objects: Readonly<Record<string, string>>;
}

export const ACTOR_KINDS = ['organization', 'key', 'portal', 'process'] as const;

export interface AuditActor {
  /** That of the token; `process`: it came without one, such as from the library. */
  readonly kind: (typeof ACTOR_KINDS)[number];
  /** Of the token. */
  readonly id: string | null;
  readonly name: string | null;
}
