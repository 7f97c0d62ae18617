import { setTimeout as delay } from 'node:timers/promises';
import { PosthasteError } from '../../../domain/errors.ts';
import type { ConnectionPool, Send } from '../connection-pool.ts';
import { isTransient, sqlState } from '../postgres-errors.ts';
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
import { type OnlineIndex, buildOnline, createIndex } from './online-index.ts';

/** SQL for a transaction, or indexes of tables that may be large. */
export type Migration = string | readonly OnlineIndex[];

/** Entry 0 leads from version 0, no schema, to version 1. Entries are never changed once released. */
export const MIGRATIONS: readonly Migration[] = [
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

export function sqlOf(migration: Migration): string {
  return typeof migration === 'string' ? migration : migration.map(createIndex).join('');
}

export interface Migrated {
  readonly from: number;
  readonly to: number;
}

/** How a migration waits for a table that another session uses. */
export interface Patience {
  /** Longest wait of one try for the lock. Statements of other sessions on the table wait behind it. */
  readonly tableMs: number;
  /** Pause between two tries, in which the other sessions go on. */
  readonly pauseMs: number;
  /** Time limit for all tries of one migration. */
  readonly totalMs: number;
}

/**
 * Migrates the database to this version's schema, creating it when missing. Processes that start together take
 * turns. Each migration is a transaction of its own, and processes of the previous version go on meanwhile.
 * Throws a `PosthasteError`.
 */
export async function migratePostgres(url: string, patience = PATIENCE): Promise<Migrated> {
  return withPool(url, ALONE, async (pool) => {
    let from: number | null = null;
    let begunMs = performance.now();
    for (;;) {
      const { version, inUse } = await migrateByOne(pool, patience, from === 0);
      from ??= version;
      if (version === MIGRATIONS.length) return { from, to: version };
      if (inUse === null) begunMs = performance.now();
      else if (performance.now() > begunMs + patience.totalMs) throw tooBusy(inUse);
      else await delay(patience.pauseMs);
    }
  });
}

/** The SQL that `migratePostgres` would run; empty when there is nothing to do. */
export async function pendingMigrations(url: string): Promise<string> {
  return withPool(url, ALONE, async (pool) => {
    const version = await pool.transaction((send) => schemaVersion(send));
    const steps = MIGRATIONS.map((migration, from) => {
      const isOnline = version > 0 && typeof migration !== 'string';
      return `${isOnline ? ONLINE : ''}\nbegin;${stepTo(from + 1, migration)}\ncommit;\n`;
    });
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

/**
 * Runs the next migration, if there is one, and returns the version before it. `inUse`: another session used a table,
 * so nothing was migrated. In a new installation the tables are empty, so indexes are made in the same transaction.
 */
async function migrateByOne(
  pool: ConnectionPool,
  { tableMs, totalMs }: Patience,
  isNew: boolean,
): Promise<{ version: number; inUse: unknown }> {
  let inUse: unknown = null;
  const version = await pool.transaction(
    async (send) => {
      if ((await schemaVersion(send)) === MIGRATIONS.length) return MIGRATIONS.length;
      await lock(send);
      const found = await schemaVersion(send);
      const migration = MIGRATIONS[found];
      if (migration === undefined) return found;
      try {
        if (!isNew && typeof migration !== 'string') {
          // On another connection: this one holds the lock meanwhile.
          for (const index of migration) await buildOnline(pool, index, totalMs);
        }
        await send({ text: `set local lock_timeout = ${tableMs}` });
        await send({ text: stepTo(found + 1, migration) });
      } catch (error) {
        if (sqlState(error) !== LOCK_NOT_AVAILABLE && !isTransient(error)) throw error;
        inUse = error;
      }
      return found;
    },
    () => inUse === null,
  );
  return { version, inUse };
}

function stepTo(version: number, migration: Migration): string {
  return `
-- schema version ${version}
create schema if not exists posthaste;
create table if not exists posthaste.schema_version (version integer not null);
delete from posthaste.schema_version;
insert into posthaste.schema_version values (${version});
${sqlOf(migration).trim()}`;
}

/** Takes the lock of migrations, which ends with the transaction. */
async function lock(send: Send): Promise<void> {
  // The limits of a role may be too short for the index of a large table.
  await send({
    text: 'set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0',
  });
  const untilMs = performance.now() + LOCK_WITHIN_MS;
  for (;;) {
    // Polls: `create index concurrently` of another process would wait for a statement that waits for the lock.
    const { rows } = await send<{ locked: boolean }>({
      text: `select pg_try_advisory_xact_lock(${MIGRATION_LOCK}) as locked`,
    });
    if (rows[0]?.locked === true) return;
    if (performance.now() > untilMs) {
      throw new PosthasteError(
        'storage_unavailable',
        'another process has been migrating the database for some minutes; try again when it is done',
      );
    }
    await delay(LOCK_AGAIN_MS);
  }
}

function tooBusy(cause: unknown): PosthasteError {
  return new PosthasteError(
    'storage_unavailable',
    'another session, such as a backup or a long query, has had a table in use for some minutes that the migration changes; try again when it is done',
    { cause },
  );
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

/** No deadline, for indexes of large tables; the second connection holds the lock meanwhile. */
const ALONE = { size: 2, deadlineMs: 0 };

const LOCK_WITHIN_MS = 5 * 60_000;
const LOCK_AGAIN_MS = 100;

const ONLINE = `
-- \`posthaste migrate\` builds these concurrently first, partition by partition, while others write.`;

const LOCK_NOT_AVAILABLE = '55P03';

/**
 * After waiting for a second the server ends an autovacuum that blocks the migration, and detects deadlocks. In the
 * pause the statements run that have waited behind the migration.
 */
const PATIENCE: Patience = { tableMs: 1_500, pauseMs: 2_000, totalMs: 5 * 60_000 };

/** The first 48 bits of "posthaste" in ASCII. */
const MIGRATION_LOCK = 0x706f73746861;
const OLDEST_SERVER = 140_000;
