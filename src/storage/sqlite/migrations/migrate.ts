import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { PosthasteError } from '../../../domain/errors.ts';
import { lockDatabase, openForWriting } from '../worker/connection.ts';
import { failureOf } from '../worker/sqlite-errors.ts';
import { TABLES } from './0001-tables.ts';
import { FIRST_CLAIMS } from './0002-first-claims.ts';
import { CLAIMS_OF_MESSAGES } from './0003-claims-of-messages.ts';
import { ATTEMPTS_BY_ENDPOINT } from './0004-attempts-by-endpoint.ts';
import { NAMES } from './0005-names.ts';
import { ENDPOINT_VERSION } from './0006-endpoint-version.ts';
import { FAILED_ATTEMPTS } from './0007-failed-attempts.ts';
import { CONTENT_TYPE } from './0008-content-type.ts';
import { LAST_FAILURE } from './0009-last-failure.ts';
import { KEPT_ANSWERS } from './0010-kept-answers.ts';
import { ENDED_DELIVERIES } from './0011-ended-deliveries.ts';
import { PAUSED_ENDPOINTS } from './0012-paused-endpoints.ts';
import { TASKS } from './0013-tasks.ts';
import { ENDPOINT_FILTER } from './0014-endpoint-filter.ts';
import { ENDPOINT_AUTHENTICATION } from './0015-endpoint-authentication.ts';
import { LIFETIMES } from './0016-lifetimes.ts';
import { RETENTION } from './0017-retention.ts';
import { ATTEMPT_ROLLUPS } from './0018-attempt-rollups.ts';
import { OPERATIONAL_EVENTS } from './0019-operational-events.ts';
import { ACCESS } from './0020-access.ts';
import { AUDIT } from './0021-audit.ts';
import { TAGS } from './0022-tags.ts';
import { ONE_OPERATIONAL_ORGANIZATION } from './0023-one-operational-organization.ts';
import { EVENT_TYPE_GROUPS } from './0024-event-type-groups.ts';
import { ORGANIZATION_SETTINGS } from './0025-organization-settings.ts';
import { ATTEMPT_EXCHANGE } from './0026-attempt-exchange.ts';
import { UNDELIVERED } from './0027-undelivered.ts';
import { TRANSFORMATIONS } from './0028-transformations.ts';
import { LISTENERS } from './0029-listeners.ts';
import { TRACES } from './0030-traces.ts';
import { MESSAGE_HEADERS } from './0031-message-headers.ts';
import { ROLLUPS } from './0032-rollups.ts';
import { TASK_RESULTS } from './0033-task-results.ts';
import { ORGANIZATION_RETENTION } from './0034-organization-retention.ts';

/** Entry 0 leads from version 0, an empty file, to version 1. Entries are never changed once released. */
export const MIGRATIONS: readonly string[] = [
  TABLES,
  FIRST_CLAIMS,
  CLAIMS_OF_MESSAGES,
  ATTEMPTS_BY_ENDPOINT,
  NAMES,
  ENDPOINT_VERSION,
  FAILED_ATTEMPTS,
  CONTENT_TYPE,
  LAST_FAILURE,
  KEPT_ANSWERS,
  ENDED_DELIVERIES,
  PAUSED_ENDPOINTS,
  TASKS,
  ENDPOINT_FILTER,
  ENDPOINT_AUTHENTICATION,
  LIFETIMES,
  RETENTION,
  ATTEMPT_ROLLUPS,
  OPERATIONAL_EVENTS,
  ACCESS,
  AUDIT,
  TAGS,
  ONE_OPERATIONAL_ORGANIZATION,
  EVENT_TYPE_GROUPS,
  ORGANIZATION_SETTINGS,
  ATTEMPT_EXCHANGE,
  UNDELIVERED,
  TRANSFORMATIONS,
  LISTENERS,
  TRACES,
  MESSAGE_HEADERS,
  ROLLUPS,
  TASK_RESULTS,
  ORGANIZATION_RETENTION,
];

export interface Migrated {
  readonly from: number;
  readonly to: number;
}

/**
 * Brings the file at `path` to this version's schema, creating it when missing. Throws a
 * `PosthasteError`.
 */
export function migrateSqlite(path: string): Migrated {
  try {
    return migrateLocked(path);
  } catch (error) {
    const { code, message } = failureOf(error, path);
    throw new PosthasteError(code, message, { cause: error });
  }
}

/** The SQL that `migrateSqlite` would run; empty when there is nothing to do. Throws likewise. */
export function pendingMigrations(path: string): string {
  try {
    return stepsFrom(existsSync(path) ? versionOf(path) : 0)
      .map(transaction)
      .join('');
  } catch (error) {
    const { code, message } = failureOf(error, path);
    throw new PosthasteError(code, message, { cause: error });
  }
}

function versionOf(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return schemaVersion(db, path);
  } finally {
    db.close();
  }
}

function migrateLocked(path: string): Migrated {
  const lock = lockDatabase(path, true);
  try {
    const { db } = openForWriting(path, true, null);
    try {
      return migrate(db, path);
    } finally {
      db.close();
    }
  } finally {
    lock.close();
  }
}

export function migrate(db: DatabaseSync, path: string): Migrated {
  const from = schemaVersion(db, path);
  const steps = stepsFrom(from);
  // In a new file there is nothing that a step could take long for or lose: it waits for the disk once.
  if (from === 0) db.exec(transaction(steps.join('')));
  else for (const step of steps) db.exec(transaction(step));
  return { from, to: MIGRATIONS.length };
}

function stepsFrom(version: number): string[] {
  return MIGRATIONS.map(
    (sql, from) => `
-- schema version ${from + 1}
create table if not exists schema_version (version integer not null) strict;
delete from schema_version;
insert into schema_version values (${from + 1});
${sql.trim()}
`,
  ).slice(version);
}

function transaction(sql: string): string {
  return `
begin immediate;${sql}commit;
`;
}

/** For those who asked not to migrate. */
export function requireCurrentSchema(db: DatabaseSync, path: string): void {
  const version = schemaVersion(db, path);
  if (version === MIGRATIONS.length) return;
  throw new PosthasteError(
    'configuration',
    `the database ${path} has schema version ${version}, this program needs ${MIGRATIONS.length}: run \`posthaste migrate --database-url sqlite:${path}\``,
  );
}

function schemaVersion(db: DatabaseSync, path: string): number {
  const tables = db.prepare(`select name from sqlite_schema where type = 'table'`).all();
  if (tables.length === 0) return 0;
  if (!tables.some((table) => table['name'] === 'schema_version')) {
    throw new PosthasteError(
      'configuration',
      `${path} is an SQLite database of another program, not of Posthaste`,
    );
  }
  const version = Number(db.prepare('select max(version) as v from schema_version').get()?.['v']);
  if (version <= MIGRATIONS.length) return version;
  throw new PosthasteError(
    'storage_too_new',
    `the database ${path} has schema version ${version}, this program knows up to ${MIGRATIONS.length}: use the newer Posthaste that migrated it`,
  );
}
