import type { Kysely } from 'kysely';
import type { EventType } from '../../domain/event-type.ts';
import type { Database } from '../schema.ts';
import type { SecretBox } from '../secret-box.ts';
import type { EventTypeRepository } from '../storage.ts';
import { writeAudit, writeAuditIf } from './audit.ts';
import { keepAnswer, keepAnswerIf } from './kept-answers.ts';
import { pageOf, sliceOf } from './paging.ts';
import { eventTypeChanges, eventTypeOf, eventTypeRow, featureFlagsOf } from './rows.ts';
import type { SqlBackend } from './sql-backend.ts';

export function eventTypeRepository(
  { db, lookUp, list, write, arrayHas }: SqlBackend,
  secretBox: SecretBox,
): EventTypeRepository {
  return {
    async create(eventType, answer, audit) {
      await write(
        [
          insertEventType(db, eventType),
          ...keepAnswer(db, secretBox, answer),
          ...writeAudit(db, audit),
        ],
        `an event type named ${JSON.stringify(eventType.name)} exists already`,
      );
    },

    async get(organizationId, name) {
      const [row] = await lookUp(
        db
          .selectFrom('event_type')
          .selectAll()
          .where('organization_id', '=', organizationId)
          .where('name', '=', name),
      );
      return row === undefined ? null : eventTypeOf(row);
    },

    async existing(organizationId, names) {
      const rows = await lookUp(
        db
          .selectFrom('event_type')
          .select(['name', 'archived', 'feature_flag', 'more_feature_flags'])
          .where('organization_id', '=', organizationId)
          .where('name', 'in', names),
      );
      return rows.map((row) => ({
        name: row.name,
        archived: row.archived === 1,
        featureFlags: featureFlagsOf(row),
      }));
    },

    async list(organizationId, page) {
      const { bound, direction, limit } = sliceOf(page);
      const rows = await list(
        db
          .selectFrom('event_type')
          .selectAll()
          .where('organization_id', '=', organizationId)
          .$if(!page.includeArchived, (query) => query.where('archived', '=', 0))
          .$if(page.featureFlags !== null, (query) =>
            query.where((eb) =>
              eb.or([
                eb('feature_flag', 'is', null),
                ...(page.featureFlags?.length ? [eb('feature_flag', 'in', page.featureFlags)] : []),
                ...(page.featureFlags ?? []).map((flag) => arrayHas('more_feature_flags', flag)),
              ]),
            ),
          )
          .$if(bound !== null, (query) =>
            query.where('name', bound?.compare ?? '>', bound?.id ?? ''),
          )
          .orderBy('name', direction)
          .limit(limit),
      );
      return pageOf(rows, page, eventTypeOf);
    },

    async update(eventType, found, answer, audit) {
      const changes = eventTypeChanges(eventType);
      const isUpdated = db
        .selectFrom('event_type')
        .select('event_type.name')
        .where('event_type.organization_id', '=', eventType.organizationId)
        .where('event_type.name', '=', eventType.name)
        .where('event_type.updated_at', '=', changes.updated_at)
        // Another process may have changed it in the same millisecond.
        .where('event_type.description', '=', changes.description)
        .where('event_type.archived', '=', changes.archived);
      const [affected] = await write([
        updateEventType(db, eventType, found),
        ...keepAnswerIf(db, secretBox, answer, () => isUpdated),
        ...writeAuditIf(db, audit, () => isUpdated),
      ]);
      return affected === 1;
    },

    async delete(organizationId, name, audit) {
      const found = db
        .selectFrom('event_type')
        .select('event_type.name')
        .where('event_type.organization_id', '=', organizationId)
        .where('event_type.name', '=', name);
      const affected = await write([
        // First, while the row exists: the entry is written only if the row is found.
        ...writeAuditIf(db, audit, () => found),
        deleteEventType(db, { organizationId, name }),
      ]);
      return affected.at(-1) === 1;
    },
  };
}

/** The queries of the repository that change rows. */

export function insertEventType(db: Kysely<Database>, eventType: EventType) {
  return db.insertInto('event_type').values(eventTypeRow(eventType));
}

export function updateEventType(
  db: Kysely<Database>,
  eventType: EventType,
  found: Pick<EventType, 'updatedAt'>,
) {
  return db
    .updateTable('event_type')
    .set(eventTypeChanges(eventType))
    .where('organization_id', '=', eventType.organizationId)
    .where('name', '=', eventType.name)
    .where('updated_at', '=', found.updatedAt);
}

export function deleteEventType(
  db: Kysely<Database>,
  { organizationId, name }: Pick<EventType, 'organizationId' | 'name'>,
) {
  return db
    .deleteFrom('event_type')
    .where('organization_id', '=', organizationId)
    .where('name', '=', name);
}
