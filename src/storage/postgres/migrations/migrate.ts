import { PosthasteError } from '../../../domain/errors.ts';
import type { ConnectionPool, Send } from '../connection-pool.ts';
import { isTimeout } from '../postgres-errors.ts';
import { withPool } from '../with-pool.ts';
import { TABLES } from './0001-tables.ts';
import { OUTBOX } from './0002-outbox.ts';
import { ENDED_DELIVERIES } from './0003-ended-deliveries.ts';
import { COPY } from './0004-copy.ts';
import { REPAIR } from './0005-repair.ts';
import { ENDPOINT_FILTER } from './0006-endpoint-filter.ts';
import { ENDPOINT_AUTHENTICATION } from './0007-endpoint-authentication.ts';
import { LIFETIMES } from './0008-lifetimes.ts';
import { RETENTION } from './0009-retention.ts';
import { ATTEMPT_ROLLUPS } from './0010-attempt-rollups.ts';
import { OPERATIONAL_EVENTS } from './0011-operational-events.ts';
import { ACCESS } from './0012-access.ts';
import { AUDIT } from './0013-audit.ts';
import { TAGS } from './0014-tags.ts';
import { ONE_OPERATIONAL_ORGANIZATION } from './0015-one-operational-organization.ts';
import { EVENT_TYPE_GROUPS } from './0016-event-type-groups.ts';
import { ORGANIZATION_SETTINGS } from './0017-organization-settings.ts';
import { ATTEMPT_EXCHANGE } from './0018-attempt-exchange.ts';
import { UNDELIVERED } from './0019-undelivered.ts';
import { TRANSFORMATIONS } from './0020-transformations.ts';
import { LISTENERS } from './0021-listeners.ts';
import { TRACES } from './0022-traces.ts';
import { MESSAGE_HEADERS } from './0023-message-headers.ts';
import { ROLLUPS } from './0024-rollups.ts';
import { OUTBOX_TRACES } from './0025-outbox-traces.ts';
import { TASK_RESULTS } from './0026-task-results.ts';
import { ORGANIZATION_RETENTION } from './0027-organization-retention.ts';
import { CANCELLED_MESSAGES } from './0028-cancelled-messages.ts';

/** Entry 0 leads from version 0, no schema, to version 1. Entries are never changed once released. */
export const MIGRATIONS: readonly string[] = [
  TABLES,
  OUTBOX,
  ENDED_DELIVERIES,
  COPY,
  REPAIR,
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
  OUTBOX_TRACES,
  TASK_RESULTS,
  ORGANIZATION_RETENTION,
  CANCELLED_MESSAGES,
];

export interface Migrated {
  readonly from: number;
  readonly to: number;
}

/**
 * Migrates the database to this version's schema, creating it when missing. Processes that start at the same
 * time take turns; each migration is a transaction of its own. Throws a `PosthasteError`.
 */
export async function migratePostgres(url: string): Promise<Migrated> {
  return withPool(url, ALONE, async (pool) => {
    let from: number | null = null;
    for (;;) {
      const version = await pool.transaction((send) => migrateByOne(send));
      from ??= version;
      if (version >= MIGRATIONS.length) return { from, to: MIGRATIONS.length };
    }
  });
}

/** The SQL that `migratePostgres` would run; empty when there is nothing to do. */
export async function pendingMigrations(url: string): Promise<string> {
  return withPool(url, ALONE, async (pool) => {
    const version = await pool.transaction((send) => schemaVersion(send));
    const steps = MIGRATIONS.map((sql, from) => `\nbegin;${stepTo(from + 1, sql)}\ncommit;\n`);
    return steps.slice(version).join('');
  });
}

/** Throws `configuration` when the schema is older: used when `migrate` is false. */
export async function requireCurrentSchema(pool: ConnectionPool): Promise<void> {
  const version = await pool.transaction((send) => schemaVersion(send));
  if (version === MIGRATIONS.length) return;
  throw new PosthasteError(
    'configuration',
    `the database has schema version ${version}, this program needs ${MIGRATIONS.length}: run \`posthaste migrate\``,
  );
}

/** Runs the next migration, if there is one; returns the version before it. */
async function migrateByOne(send: Send): Promise<number> {
  if ((await schemaVersion(send)) === MIGRATIONS.length) return MIGRATIONS.length;
  await lock(send);
  const version = await schemaVersion(send);
  const sql = MIGRATIONS[version];
  if (sql !== undefined) await send({ text: stepTo(version + 1, sql) });
  return version;
}

function stepTo(version: number, sql: string): string {
  return `
-- schema version ${version}
create schema if not exists posthaste;
create table if not exists posthaste.schema_version (version integer not null);
delete from posthaste.schema_version;
insert into posthaste.schema_version values (${version});
${sql.trim()}`;
}

async function lock(send: Send): Promise<void> {
  // `local` to this transaction: a pooler may give the session to others.
  await send({ text: `set local lock_timeout = '5min'` });
  try {
    await send({ text: `select pg_advisory_xact_lock(${MIGRATION_LOCK})` });
  } catch (error) {
    if (!isTimeout(error)) throw error;
    throw new PosthasteError(
      'storage_unavailable',
      'another process has been migrating the database for some minutes; try again when it is done',
      { cause: error },
    );
  }
}

async function schemaVersion(send: Send): Promise<number> {
  const { rows: server } = await send<{ number: number }>({
    text: `select current_setting('server_version_num')::int as number`,
  });
  if ((server[0]?.number ?? 0) < OLDEST_SERVER) {
    throw new PosthasteError('configuration', 'Posthaste needs PostgreSQL 14 or newer');
  }
  // Read the catalog: `to_regclass` may answer from a cache that is as old as the transaction.
  const { rows: found } = await send({
    text: `select from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
      where n.nspname = 'posthaste' and c.relname = 'schema_version'`,
  });
  if (found.length === 0) return 0;
  const { rows } = await send<{ version: number | null }>({
    text: 'select max(version) as version from posthaste.schema_version',
  });
  const version = rows[0]?.version ?? 0;
  if (version <= MIGRATIONS.length) return version;
  throw new PosthasteError(
    'storage_too_new',
    `the database has schema version ${version}, this program knows up to ${MIGRATIONS.length}: use the newer Posthaste that migrated it`,
  );
}

/** No deadline: creating an index of a large table takes long. */
const ALONE = { size: 1, deadlineMs: 0 };

/** The first 48 bits of "posthaste" in ASCII. */
const MIGRATION_LOCK = 0x706f73746861;
const OLDEST_SERVER = 140_000;
