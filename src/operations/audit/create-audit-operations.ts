import type { AuditEntry } from '../../domain/audit.ts';
import type { Context } from '../context.ts';
import { pageRequest, toListOut } from '../paging.ts';
import { check } from '../validation.ts';
import type { AuditOperations } from './audit-operations.ts';
import { type AuditEntryOut, auditListOptions } from './audit-schemas.ts';

export function createAuditOperations({
  storage,
  clock,
  auditKeptMs,
}: Pick<Context, 'storage' | 'clock' | 'auditKeptMs'>): AuditOperations {
  return {
    async list({ organizationId, applicationId }, options = {}) {
      const given = check(auditListOptions, options, 'query');
      const { before, after, actorId, operation } = given;
      const named = given.appId ?? null;
      // The entries of a deleted application are found by its id.
      const found = named === null ? null : await storage.applications.get(organizationId, named);
      const asked = found?.id ?? named;
      const app = applicationId ?? asked;
      // Hide entries that are too old but not deleted yet.
      const oldest = auditKeptMs === null ? null : clock.now() - auditKeptMs;
      const from = Math.max(after ?? 0, oldest ?? 0);
      const isElsewhere = applicationId !== undefined && asked !== null && asked !== applicationId;
      if (isElsewhere) return { data: [], iterator: null, prevIterator: null, done: true };
      const page = await storage.audit.list(organizationId, {
        ...pageRequest(given, 'audit', 'descending'),
        filter: {
          ...(app && { applicationId: app }),
          ...(actorId && { actorId }),
          ...(operation && { operation }),
          ...(typeof before === 'number' && { before }),
          ...(from > 0 && { after: from }),
        },
      });
      return toListOut(page, (entry) => entry.id, toAuditOut);
    },
  };
}

function toAuditOut({
  id,
  at,
  actor,
  operation,
  applicationId,
  objects,
}: AuditEntry): AuditEntryOut {
  return {
    id,
    timestamp: new Date(at).toISOString(),
    actor: { ...actor },
    operation,
    appId: applicationId,
    objects: { ...objects },
  };
}
