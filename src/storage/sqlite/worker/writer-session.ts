import type { DatabaseSync } from 'node:sqlite';
import { VERB } from '../wire/batch.ts';
import { migrate, requireCurrentSchema } from '../migrations/migrate.ts';
import { ValueReader } from '../wire/values.ts';
import type { Value } from '../wire/values.ts';
import { attemptsByEndpoint } from './attempts-by-endpoint.ts';
import { openForWriting } from './connection.ts';
import type { Connection, OpenFiles } from './connection.ts';
import { DueIndex } from './due-index.ts';
import { watchEndpoints } from './endpoint-watch.ts';
import { RowlessDeliveries } from './rowless-deliveries.ts';
import { isStorageFault } from './sqlite-errors.ts';
import { acceptVerb } from './verbs/accept.ts';
import { changeDeliveriesVerb } from './verbs/change-deliveries.ts';
import { claimVerb } from './verbs/claim.ts';
import { expungeVerbs } from './verbs/expunge.ts';
import { recordVerb } from './verbs/record.ts';
import { removeExpiredVerb } from './verbs/remove-expired.ts';
import { createQueryRunner, repositoryVerb } from './verbs/repository.ts';
import { scheduleVerbs } from './verbs/schedule.ts';
import type { SessionState, Verb } from './verbs/verb.ts';

/** The writer's connection and the state that belongs to it in memory. */
export interface WriterSession {
  readonly owner: number;
  readonly files: OpenFiles;
  /**
   * Runs the calls of a batch in one transaction and returns their answers. When it throws, nothing was stored
   * and the session must be closed, because its state in memory no longer matches the file. Throws a `CallError`
   * when one call is to blame.
   */
  commitBatch(values: readonly Value[]): Value[];
  close(): void;
}

/** One call of a batch can't be run, now or later. */
export class CallError extends Error {
  /** The index at which the call begins in its batch. */
  readonly callAt: number;

  constructor(callAt: number, cause: unknown) {
    super('one call of the batch failed', { cause });
    this.callAt = callAt;
  }
}

export interface SessionSetup {
  readonly path: string;
  readonly migrate: boolean;
  readonly now: number;
  /** Not null: this process had the database open before, and its claims still hold. */
  readonly owner: number | null;
  /** The files that this thread had open earlier, if any. */
  readonly before: OpenFiles | null;
}

export function openSession(setup: SessionSetup): WriterSession {
  const connection = openForWriting(setup.path, setup.owner === null, setup.before);
  const { db } = connection;
  try {
    if (setup.migrate) migrate(db, setup.path);
    else requireCurrentSchema(db, setup.path);
    const owner = setup.owner ?? takeOwner(db, setup.now);
    db.exec('begin immediate');
    endForeignClaims(db, owner, setup.now);
    const rowless = new RowlessDeliveries(db, owner, setup.owner !== null, setup.now);
    db.exec('commit');
    const dueIndex = new DueIndex(db, rowless);
    return createSession(connection, {
      db,
      owner,
      dueIndex,
      rowless,
      byEndpoint: attemptsByEndpoint(db),
      runQueries: createQueryRunner(db),
      claimsEndAt: 0,
    });
  } catch (error) {
    db.close();
    throw error;
  }
}

function createSession(connection: Connection, state: SessionState): WriterSession {
  const { db, dueIndex, rowless } = state;
  const schedules = scheduleVerbs(state);
  const expunges = expungeVerbs(state);
  const verbs: Verb[] = [];
  verbs[VERB.accept] = acceptVerb(state);
  verbs[VERB.claim] = claimVerb(state);
  verbs[VERB.record] = recordVerb(state);
  verbs[VERB.schedule] = schedules.schedule;
  verbs[VERB.cancelOrphans] = schedules.cancelOrphans;
  verbs[VERB.repository] = repositoryVerb(state);
  verbs[VERB.expunge] = expunges.expunge;
  verbs[VERB.changeDeliveries] = changeDeliveriesVerb(state);
  verbs[VERB.cancelMessage] = expunges.cancelMessage;
  verbs[VERB.removeExpired] = removeExpiredVerb(state);
  const endpoints = watchEndpoints(db);
  const begin = db.prepare('begin immediate');
  const commit = db.prepare('commit');

  function run(call: ValueReader, out: Value[]): void {
    const callAt = call.at;
    try {
      // Skip the length of the call, which is needed only to split a batch.
      call.skip(1);
      const verb = verbs[call.number()];
      if (verb === undefined) throw new Error('a batch has an unknown verb');
      verb(call, out);
      for (const [id, orderChanged] of endpoints.takeChanged()) {
        dueIndex.endpointChanged(id, orderChanged);
      }
    } catch (error) {
      throw isStorageFault(error) ? error : new CallError(callAt, error);
    }
  }

  return {
    owner: state.owner,
    files: connection.files,
    commitBatch(values) {
      const call = new ValueReader(values);
      const out: Value[] = [];
      connection.checkFile();
      begin.run();
      while (call.at < values.length) run(call, out);
      rowless.advanceScanStart();
      commit.run();
      return out;
    },
    close: () => db.close(),
  };
}

function takeOwner(db: DatabaseSync, now: number): number {
  const { lastInsertRowid } = db.prepare('insert into owner (started_at) values (?)').run(now);
  const owner = Number(lastInsertRowid);
  db.prepare('delete from owner where number < ?').run(owner);
  return owner;
}

function endForeignClaims(db: DatabaseSync, owner: number, now: number): void {
  db.prepare(
    `update delivery set claim_owner = 0, due_at = min(due_at, ?)
     where state = 0 and claim_owner > 0 and claim_owner <> ?`,
  ).run(now, owner);
}
