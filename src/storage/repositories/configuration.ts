import type { Compilable } from 'kysely';
import type { ConfigurationRepository, RowChange } from '../storage.ts';
import type { SecretBox } from '../secret-box.ts';
import { deleteApplication, insertApplication, updateApplication } from './applications.ts';
import { writeAudits } from './audit.ts';
import { deleteEndpoint, insertEndpoint, updateEndpoint } from './endpoints.ts';
import { deleteEventType, insertEventType, updateEventType } from './event-types.ts';
import { keepAnswer } from './kept-answers.ts';
import { keepEvent } from './operational-events.ts';
import { putSettings } from './organization-settings.ts';
import { endpointChanges } from './rows.ts';
import type { SqlBackend } from './sql-backend.ts';

export function configurationRepository(
  { db, lookUp, write }: SqlBackend,
  secretBox: SecretBox,
): ConfigurationRepository {
  return {
    async isTaken(kind, id) {
      return (await lookUp(db.selectFrom(kind).select('id').where('id', '=', id))).length > 0;
    },

    async apply(
      { eventTypes, applications, endpoints, settings, events, now },
      answer,
      audits = [],
    ) {
      const required: Compilable[] = [
        ...eventTypes.map((change) =>
          queryOf(change, {
            insert: (row) => insertEventType(db, row),
            update: (row, found) => updateEventType(db, row, found),
            remove: (row) => deleteEventType(db, row),
          }),
        ),
        ...applications.map((change) =>
          queryOf(change, {
            insert: (row) => insertApplication(db, row),
            update: (row, found) => updateApplication(db, row, found),
            remove: (row) => deleteApplication(db, row, now)[0],
          }),
        ),
        ...endpoints.map((change) =>
          queryOf(change, {
            insert: (row) => insertEndpoint(db, secretBox, row),
            update: (row, found) => updateEndpoint(db, row, found, endpointChanges(row, secretBox)),
            remove: (row) => deleteEndpoint(db, row, now),
          }),
        ),
      ];
      const ofDeleted = applications.flatMap((change) =>
        change.kind === 'delete' ? [deleteApplication(db, change.found, now)[1]] : [],
      );
      const queries = [
        ...required,
        ...ofDeleted,
        ...(settings === null ? [] : [putSettings(db, settings.organizationId, settings.edited)]),
        ...keepAnswer(db, secretBox, answer),
        ...events.flatMap((event) => keepEvent(db, event)),
        ...writeAudits(db, audits),
      ];
      const affected = await write(queries, CONFLICT, required.length);
      return affected.length === queries.length && affected[required.length - 1] !== 0;
    },
  };
}

const CONFLICT = 'the id, uid or name is taken: a row has it, or a deleted one had it';

interface Queries<T> {
  readonly insert: (row: T) => Compilable;
  readonly update: (row: T, found: T) => Compilable;
  readonly remove: (row: T) => Compilable;
}

function queryOf<T>(change: RowChange<T>, queries: Queries<T>): Compilable {
  switch (change.kind) {
    case 'create':
      return queries.insert(change.edited);
    case 'update':
      return queries.update(change.edited, change.found);
    case 'delete':
      return queries.remove(change.found);
  }
}
