import type { DatabaseSync } from 'node:sqlite';
import { Agenda } from './agenda.ts';
import { openForWriting } from './connection.ts';
import type { Connection, OpenFiles } from './connection.ts';
import { FirstClaims } from './first-claims.ts';
import { migrate, requireCurrentSchema } from './migrations.ts';
import { Cursor, VERB } from './protocol.ts';
import type { Value } from './protocol.ts';
import { acceptVerb } from './verbs/accept.ts';
import { claimVerbs } from './verbs/claim.ts';
import { recordVerb } from './verbs/record.ts';
import { scheduleVerbs } from './verbs/schedule.ts';
import { writeVerb } from './verbs/write.ts';

/** Runs one call: reads its fields from `input` and appends its answer to `out`. */
export type Verb = (input: Cursor, out: Value[]) => void;

/** What the verbs share while the writer's connection is open. */
export interface SessionState {
  readonly db: DatabaseSync;
  readonly owner: number;
  readonly agenda: Agenda;
  readonly firstClaims: FirstClaims;
  /** No claim ends before this. */
  claimsEndAt: number;
}

export interface Session {
  readonly owner: number;
  readonly files: OpenFiles;
  /** One transaction. When it throws, nothing was stored and the session must be closed. */
  run(values: readonly Value[]): Value[];
  close(): void;
}

export interface SessionSetup {
  readonly path: string;
  readonly migrate: boolean;
  readonly now: number;
  /** Not null: this process had the database open before, and its claims still hold. */
  readonly owner: number | null;
  /** What this thread had open before, if anything. */
  readonly before: OpenFiles | null;
}

export function openSession(setup: SessionSetup): Session {
  const connection = openForWriting(setup.path, setup.owner === null, setup.before);
  const { db } = connection;
  try {
    if (setup.migrate) migrate(db, setup.path);
    else requireCurrentSchema(db, setup.path);
    const owner = setup.owner ?? takeOwner(db, setup.now);
    db.exec('begin immediate');
    endForeignClaims(db, owner, setup.now);
    const firstClaims = new FirstClaims(db, owner, setup.owner !== null, setup.now);
    db.exec('commit');
    const agenda = new Agenda(db, firstClaims);
    return createSession(connection, { db, owner, agenda, firstClaims, claimsEndAt: 0 });
  } catch (error) {
    db.close();
    throw error;
  }
}

function createSession(connection: Connection, state: SessionState): Session {
  const { db } = connection;
  const claims = claimVerbs(state);
  const schedules = scheduleVerbs(state);
  const verbs: Verb[] = [];
  verbs[VERB.accept] = acceptVerb(state);
  verbs[VERB.claim] = claims.claim;
  verbs[VERB.record] = recordVerb(state);
  verbs[VERB.renew] = claims.renew;
  verbs[VERB.schedule] = schedules.schedule;
  verbs[VERB.cancelOrphans] = schedules.cancelOrphans;
  verbs[VERB.write] = writeVerb(state);
  const begin = db.prepare('begin immediate');
  const commit = db.prepare('commit');

  return {
    owner: state.owner,
    files: connection.files,
    run(values) {
      const input = new Cursor(values);
      const out: Value[] = [];
      connection.checkFile();
      begin.run();
      while (!input.done) {
        const verb = verbs[input.number()];
        if (verb === undefined) throw new Error('a batch is not of the agreed form');
        verb(input, out);
      }
      state.firstClaims.keepNear();
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
