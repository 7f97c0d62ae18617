import { z } from 'zod';
import { ACTOR_KINDS } from '../../domain/audit.ts';
import type { InputOf, OutputOf } from '../field-types.ts';
import { name256, plainText, timestamp } from '../fields.ts';
import { instant } from '../instant.ts';
import { orderedListFields } from '../paging.ts';

const auditListFields = {
  ...orderedListFields,
  before: instant,
  after: instant,
  /** Id or uid of an application. */
  appId: name256.nullish(),
  /** Id of a token. */
  actorId: plainText.min(1).max(64).nullish(),
  operation: plainText.min(1).max(64).nullish(),
};
export const auditListOptions: z.ZodObject<typeof auditListFields, z.core.$strict> =
  z.strictObject(auditListFields);

const auditEntryFields = {
  /** `audit_…` */
  id: z.string(),
  timestamp,
  /** Kind, id and name of the token; `process`: no token, the server itself made the change. */
  actor: z.object({
    kind: z.enum(ACTOR_KINDS),
    id: z.string().nullable(),
    name: z.string().nullable(),
  }),
  /** Such as `endpoints.patch`. */
  operation: z.string(),
  appId: z.string().nullable(),
  /** Ids of the changed objects, such as `endpointId`. */
  objects: z.record(z.string(), z.string()),
};
export const auditEntryOut: z.ZodObject<typeof auditEntryFields> = z.object(auditEntryFields);

export interface AuditListOptions extends InputOf<typeof auditListFields> {}
export interface AuditEntryOut extends OutputOf<typeof auditEntryFields> {}
