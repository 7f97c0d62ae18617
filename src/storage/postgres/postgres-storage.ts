import type { Clock } from '../../domain/clock.ts';
import { PosthasteError } from '../../domain/errors.ts';
import { auditOfMessages, writeAudit } from '../repositories/audit.ts';
import { keepAnswer } from '../repositories/kept-answers.ts';
import { createRepositories } from '../repositories/repositories.ts';
import { type SecretBox, createSecretBox } from '../secret-box.ts';
import type { ProcessDescription } from '../fleet.ts';
import type { KeptAnswer, NewAudit, Outbox, Storage } from '../storage.ts';
import { ConnectionPool } from './connection-pool.ts';
import { DatabaseTime } from './database-time.ts';
import { DueIndex } from './due-index.ts';
import { type FleetTimes, PostgresFleet } from './fleet/postgres-fleet.ts';
import { HotPath } from './hot-path.ts';
import { migratePostgres, requireCurrentSchema } from './migrations/migrate.ts';
import { createPostgresOutbox } from './outbox/postgres-outbox.ts';
import { isRefusal, isTimeout, refusalExplained } from './postgres-errors.ts';
import { dayOf, forgetOldKeys, makePartitions } from './partitions.ts';
import { cancelMessageStatement, expungeStatement } from './removal/expunge.ts';
import { removeExpired } from './removal/remove-expired.ts';
import { createSqlRunner, statementOf } from './sql-runner.ts';
import { refuseUnfinishedCopy } from './unfinished-copy.ts';
import { requireSessions } from './require-sessions.ts';
import { scanForWork } from './verbs/scan.ts';

export interface PostgresStorageOptions {
  /** `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…` */
  readonly url: string;
  readonly clock: Clock;
  /** Encrypts the secrets of endpoints at rest; without it they are stored unencrypted. */
  readonly secretBox?: SecretBox;
  /** False: refuse an older schema instead of migrating it. */
  readonly migrate?: boolean;
  /** Reads the time of the database; tests give their own. */
  readonly databaseNow?: () => Promise<number>;
  readonly process?: ProcessDescription;
  /** Shorter times for tests. */
  readonly fleetTimes?: Partial<FleetTimes>;
}

export interface PostgresStorage extends Storage {
  /** Statements that were sent so far, without heartbeats. */
  readonly statementCount: number;
  readonly outbox: Outbox;
}

/** A storage in one PostgreSQL database. README.md explains it. */
export function createPostgresStorage(options: PostgresStorageOptions): PostgresStorage {
  const { url, clock, migrate = true, secretBox = createSecretBox(null) } = options;
  let statementCount = 0;
  const createPool = (
    size: number,
    timeoutMs: number,
    settings = {},
    connectWithinMs = CONNECT_WITHIN_MS,
  ) =>
    new ConnectionPool({
      url,
      size,
      settings: { ...SESSION, statement_timeout: `${timeoutMs}ms`, ...settings },
      // Longer than the server's time-out: when the server gives up first, the connection can be used again.
      deadlineMs: timeoutMs + 2_000,
      connectWithinMs,
      onStatement: () => void statementCount++,
    });
  const hot = createPool(4, 8_000, { lock_timeout: '4s' });
  // Long time-outs: one of these writes orders the whole backlog of an endpoint, and hundreds of endpoints
  // that are created at once wait for each other.
  const writes = createPool(4, 15_000, { lock_timeout: '4s' }, 15_000);
  const lookUps = createPool(8, 15_000, { lock_timeout: '4s' });
  const lists = createPool(4, 5_000);
  const retentionPool = createPool(1, 15_000, { lock_timeout: '4s' });
  const outboxPool = createPool(1, 15_000, {
    lock_timeout: '4s',
    // A process that is suspended during a relay must not hold up the relays of the others.
    idle_in_transaction_session_timeout: '10s',
  });

  const time = new DatabaseTime(
    clock,
    options.databaseNow ??
      (async () => {
        const { rows } = await hot.run<{ now: number }>({
          text: 'select (extract(epoch from clock_timestamp()) * 1000)::int8 as now',
        });
        return rows[0]?.now ?? clock.scheduleNow();
      }),
  );
  const dueIndex = new DueIndex();
  const hotPath = new HotPath({
    pool: hot,
    time,
    clock,
    dueIndex,
    owner: () => fleet.number,
    owns: (endpointId) => fleet.owns(endpointId),
    onCancelled: (change, told) => fleet.cancelled(change, told),
    onLost: (dueAt) => fleet.workIsDue(dueAt),
  });
  const fleet = new PostgresFleet({
    url,
    pool: hot,
    clock,
    process: options.process ?? { name: '', roles: [], version: '' },
    storedNow: () => time.stored(clock.scheduleNow()),
    lookForWork: (shards) => scanForWork(hot, time, dueIndex, shards),
    hintWork(endpointId, storedDueAt) {
      const dueAt = storedDueAt === null ? null : time.local(storedDueAt);
      hotPath.workCame(endpointId, dueAt);
      return dueAt ?? clock.scheduleNow();
    },
    ...(options.fleetTimes && { times: options.fleetTimes }),
  });
  fleet.subscribe((change) => {
    if (change.kind === 'application') hotPath.endpointsChanged(change.endpointIds);
  });
  const outbox = createPostgresOutbox({
    url,
    clock,
    pool: outboxPool,
    accept: (transaction, messages) => hotPath.acceptWithin(transaction, messages),
    whenOpen,
  });
  let started = false;
  let starting: Promise<void> | null = null;
  let stopping: Promise<void> | null = null;
  let partitionedDay: number | null = null;
  let cancelTimer = () => {};
  let upkeepDone = Promise.resolve();
  const underWay = new Set<Promise<unknown>>();

  async function start(): Promise<void> {
    await whenReachable(() => requireSessions(url));
    await whenReachable<unknown>(() =>
      migrate ? migratePostgres(url) : requireCurrentSchema(hot),
    );
    await time.compare();
    await whenReachable(() => fleet.start());
    // After the registration, because a copy that begins looks for registered processes.
    await whenReachable(() => refuseUnfinishedCopy(hot));
    // A reader may lock the tables: the upkeep tries again.
    await makePartitionsOfDay().catch((error: unknown) => {
      if (!isTimeout(error)) throw error;
    });
    started = true;
    upkeepLater();
  }

  /** Servers are often started together with their database. */
  async function whenReachable<T>(call: () => Promise<T>): Promise<T> {
    const untilMs = clock.monotonicMs() + REACHABLE_WITHIN_MS;
    for (;;) {
      try {
        return await call();
      } catch (error) {
        const { retryable } = error as PosthasteError;
        const isLate = stopping !== null || clock.monotonicMs() > untilMs;
        if (!retryable || isLate || isRefusal(error)) throw refusalExplained(error);
        await new Promise<void>((resolve) => clock.after(TRY_AGAIN_MS, resolve));
      }
    }
  }

  function upkeepLater(): void {
    cancelTimer = clock.after(UPKEEP_EVERY_MS, () => {
      upkeepDone = upkeep()
        // The database is unavailable: calls that need it report that.
        .catch(() => {})
        .then(() => {
          if (stopping === null) upkeepLater();
        });
    });
  }

  async function upkeep(): Promise<void> {
    await time.compare();
    // Finds work without a notice: notices to a broken connection are lost.
    await scanForWork(hot, time, dueIndex, fleet.ownedShards);
    // Wake the engine: it sleeps until the earliest due time that it knows.
    const dueAt = dueIndex.nextDueAt();
    if (dueAt !== null) fleet.workIsDue(dueAt);
    await makePartitionsOfDay();
    await forgetOldKeys(hot, clock.now());
  }

  async function makePartitionsOfDay(): Promise<void> {
    const now = clock.now();
    const day = dayOf(now);
    if (day === partitionedDay) return;
    await makePartitions(hot, now);
    partitionedDay = day;
  }

  async function stop(): Promise<void> {
    await starting?.catch(() => {});
    cancelTimer();
    await outbox.close();
    await Promise.all([hotPath.drained(), upkeepDone, ...underWay].map((p) => p.catch(() => {})));
    await fleet.stop();
    const pools = [hot, writes, lookUps, lists, outboxPool, retentionPool];
    await Promise.all(pools.map((pool) => pool.close()));
  }

  function whenOpen<T>(call: () => Promise<T>): Promise<T> {
    if (stopping !== null) {
      return Promise.reject(new PosthasteError('stopping', 'the storage is closed'));
    }
    if (!started) {
      return Promise.reject(new PosthasteError('stopping', 'the storage is not started'));
    }
    const answer = call();
    underWay.add(answer);
    void answer.catch(() => {}).finally(() => underWay.delete(answer));
    return answer;
  }

  const backend = createSqlRunner({
    lookUps,
    writes,
    lists,
    time,
    whenOpen,
    owner: () => fleet.number,
    onEndpointsChanged: (endpointIds) => hotPath.endpointsChanged(endpointIds),
    onTold: () => fleet.hasten(),
  });

  /** The statements that store a kept answer and an audit entry, for the transaction of their effect. */
  const along = (answer: KeptAnswer | undefined, audit: NewAudit | undefined) =>
    [...keepAnswer(backend.db, secretBox, answer), ...writeAudit(backend.db, audit)].map(
      statementOf,
    );

  function cancelled(applicationId: string, messageIds: readonly string[], told: boolean): void {
    fleet.cancelled({ kind: 'cancelled', applicationId, endpointId: null, messageIds }, told);
  }

  return {
    start: () => (starting ??= start()),
    stop: () => (stopping ??= stop()),
    get owner() {
      return fleet.number;
    },
    fleet,
    changes: fleet,
    outbox,
    get statementCount() {
      return statementCount;
    },

    acceptMessages: (messages) => whenOpen(() => hotPath.acceptMessages(messages)),
    claimDue: (request) => whenOpen(() => hotPath.claimDue(request)),
    record: (take) => whenOpen(() => hotPath.record(take)),
    takeOver: (handoffs, until) => whenOpen(() => hotPath.takeOver(handoffs, until)),
    scheduleDelivery: (delivery, answer, audit) =>
      whenOpen(() => hotPath.scheduleDelivery(delivery, along(answer, audit))),
    async expunge(applicationId, messageIds, answer, audit) {
      const recorded = auditOfMessages(backend.db, audit, applicationId, messageIds);
      const result = await whenOpen(() =>
        hotPath.afterwards([
          ...along(answer, undefined),
          ...recorded.map(statementOf),
          expungeStatement(applicationId, messageIds),
        ]),
      );
      const rows = (result?.rows ?? []) as ExpungedRow[];
      const found = rows.map(({ id }) => id);
      cancelled(applicationId, found, rows[0]?.told === true);
      return found;
    },
    async cancelMessage(applicationId, messageId, answer, audit) {
      const result = await whenOpen(() =>
        hotPath.afterwards([
          ...along(answer, audit),
          cancelMessageStatement(applicationId, messageId),
        ]),
      );
      const row = result?.rows[0] as CancelledRow | undefined;
      cancelled(applicationId, [messageId], row?.told === true);
      return row?.count ?? 0;
    },
    changeDeliveries: (change, answer, audit) =>
      whenOpen(() => hotPath.changeDeliveries(change, along(answer, audit))),
    cancelOrphans: (limit) => whenOpen(() => hotPath.cancelOrphans(limit)),
    removeExpired: (request) => whenOpen(() => removeExpired(retentionPool, request)),

    ...createRepositories(backend, secretBox),
  };
}

interface ExpungedRow {
  readonly id: string;
  readonly told: boolean;
}

interface CancelledRow {
  readonly count: number;
  readonly told: boolean;
}

export const SESSION = {
  // A role or a database may have a stricter default, with which statements fail that meet each other.
  default_transaction_isolation: 'read committed',
  // Index look-ups only: a plan that was made for an empty table would be kept when it has a backlog.
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_seqscan: 'off',
  plan_cache_mode: 'force_generic_plan',
  // "off" adds a huge cost to such plans, for which PostgreSQL would start the JIT compiler.
  jit: 'off',
};
const CONNECT_WITHIN_MS = 5_000;
const REACHABLE_WITHIN_MS = 30_000;
const TRY_AGAIN_MS = 200;
const UPKEEP_EVERY_MS = 10_000;
