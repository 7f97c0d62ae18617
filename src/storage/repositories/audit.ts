import type { Compilable, Expression, Kysely } from 'kysely';
import type { AuditEntry } from '../../domain/audit.ts';
import { firstId } from '../../domain/ids.ts';
import type { AuditTable, Database } from '../schema.ts';
import type { AuditRepository, NewAudit } from '../storage.ts';
import { filteredPage } from './filtered-page.ts';
import { isOneOf } from './is-one-of.ts';
import { auditIds } from './id-range.ts';
import { type Slice, compareEnd } from './paging.ts';
import type { SqlBackend } from './sql-backend.ts';

export function auditRepository({ db, list, write }: SqlBackend): AuditRepository {
  return {
    async add(audit) {
      await write(writeAudit(db, audit));
    },

    async list(organizationId, page) {
      const { applicationId, actorId, operation, before, after } = page.filter;
      /** Each of the three filters has an index by id. */
      function ofSlice(slice: Slice) {
        const { bound, direction, end, limit } = slice;
        let query = db.selectFrom('audit').where('organization_id', '=', organizationId);
        if (applicationId !== undefined) {
          query = query.where('application_id', '=', applicationId);
        }
        if (actorId !== undefined) query = query.where('actor_id', '=', actorId);
        if (bound !== null) query = query.where('id', bound.compare, bound.id);
        if (end !== null) query = query.where('id', compareEnd(slice), end);
        return query.orderBy('id', direction).limit(limit);
      }
      return filteredPage(
        page,
        {
          range: auditIds(page.filter),
          async idBehind(slice, count) {
            const ids = ofSlice({ ...slice, limit: 1 }).select('id');
            const [row] = await list(ids.offset(count - 1));
            return row?.id ?? null;
          },
          rows(slice) {
            let query = ofSlice(slice).selectAll();
            if (operation !== undefined) query = query.where('operation', '=', operation);
            if (before !== undefined) query = query.where('at', '<', before);
            if (after !== undefined) query = query.where('at', '>=', after);
            return list(query);
          },
        },
        auditOf,
      );
    },
  };
}

/**
 * The queries that write an entry, to be run at the end of the transaction of its change; none without an entry.
 * `count`: the number of entries of the change.
 */
export function writeAudit(
  db: Kysely<Database>,
  audit: NewAudit | undefined,
  count = 1,
): Compilable[] {
  if (audit === undefined) return [];
  const { entry, keptMs } = audit;
  const inserted = db.insertInto('audit').values(auditRow(entry));
  if (keptMs === null) return [inserted];
  const old = db
    .selectFrom('audit')
    .select('id')
    .where('organization_id', '=', entry.organizationId)
    .where('id', '<', firstId('audit', entry.at - keptMs))
    .orderBy('id')
    .limit(FORGOTTEN_WITH_EACH * count);
  return [inserted, db.deleteFrom('audit').where('id', 'in', old)];
}

/** Like `writeAudit`, for a change with many entries. */
export function writeAudits(db: Kysely<Database>, audits: readonly NewAudit[]): Compilable[] {
  const [first, ...others] = audits;
  const rows = others.map(({ entry }) => auditRow(entry));
  const inserts: Compilable[] = [];
  for (let from = 0; from < rows.length; from += ROWS_OF_AN_INSERT) {
    const some = rows.slice(from, from + ROWS_OF_AN_INSERT);
    inserts.push(db.insertInto('audit').values(some));
  }
  return [...writeAudit(db, first, audits.length), ...inserts];
}

/** Like `writeAudit`, for a change that may not happen: writes nothing unless the row of `isThere` exists after it. */
export function writeAuditIf(
  db: Kysely<Database>,
  audit: NewAudit | undefined,
  isThere: (db: Kysely<Database>) => Expression<unknown>,
): Compilable[] {
  if (audit === undefined) return [];
  return [
    ...writeAudit(db, audit),
    db
      .deleteFrom('audit')
      .where('audit.id', '=', audit.entry.id)
      .where((eb) => eb.not(eb.exists(isThere(db)))),
  ];
}

/** Like `writeAuditIf`, for a change of messages: writes nothing unless one of them exists. */
export function auditOfMessages(
  db: Kysely<Database>,
  audit: NewAudit | undefined,
  applicationId: string,
  messageIds: readonly string[],
): Compilable[] {
  return writeAuditIf(db, audit, () =>
    db
      .selectFrom('message')
      .select('message.id')
      .where('message.application_id', '=', applicationId)
      .where(isOneOf('message.id', messageIds)),
  );
}

/** Old rows deleted with each new one; more than one, so that the table can shrink. */
const FORGOTTEN_WITH_EACH = 2;

/** Statements may have 32,766 parameters in both backends, and a row has nine. */
const ROWS_OF_AN_INSERT = 500;

function auditRow({ actor, ...entry }: AuditEntry): AuditTable {
  return {
    id: entry.id,
    organization_id: entry.organizationId,
    application_id: entry.applicationId,
    at: entry.at,
    actor_kind: actor.kind,
    actor_id: actor.id,
    actor_name: actor.name,
    operation: entry.operation,
    objects: JSON.stringify(entry.objects),
  };
}

function auditOf(row: AuditTable): AuditEntry {
  return {
    id: row.id,
    organizationId: row.organization_id,
    applicationId: row.application_id,
    at: row.at,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    operation: row.operation,
    objects: JSON.parse(row.objects) as AuditEntry['objects'],
  };
}
