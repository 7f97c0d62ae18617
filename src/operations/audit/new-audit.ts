import type { AuditActor } from '../../domain/audit.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Ids } from '../../domain/ids.ts';
import type { NewAudit } from '../../storage/storage.ts';
import type { Principal } from '../principal.ts';

/** Ids of the objects that a change concerns. */
export interface ChangedObjects {
  readonly applicationId?: string;
  readonly [name: string]: string | undefined;
}

/**
 * Makes the entry for a change that the principal is about to make, to be stored with the change. Undefined for
 * operations that are not audited, such as a publish.
 */
export type Audit = (principal: Principal, objects: ChangedObjects) => NewAudit | undefined;

export function createAudit({
  clock,
  ids,
  keptMs,
}: {
  clock: Pick<Clock, 'now'>;
  ids: Ids;
  /** Null: entries are kept for ever. */
  keptMs: number | null;
}): Audit {
  return (principal, { applicationId, ...objects }) => {
    const { operation, organizationId, auditedIn } = principal;
    if (operation === undefined) return undefined;
    const entry = {
      id: ids.next('audit'),
      organizationId: auditedIn ?? organizationId,
      applicationId: applicationId ?? null,
      at: clock.now(),
      actor: actorOf(principal),
      operation,
      objects: Object.fromEntries(
        Object.entries(objects).flatMap(([name, id]) => (id === undefined ? [] : [[name, id]])),
      ),
    };
    return { entry, keptMs };
  };
}

function actorOf({ token }: Principal): AuditActor {
  return token === undefined
    ? { kind: 'process', id: null, name: null }
    : { kind: token.kind, id: token.id, name: token.name };
}
