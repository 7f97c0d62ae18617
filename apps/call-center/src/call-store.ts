import type { DatabaseSync, SQLInputValue } from 'node:sqlite';

/** First-time contacts are for 900, known ones for 901. */
export type Extension = '900' | '901';
export const EXTENSIONS: readonly Extension[] = ['900', '901'];

export const WAITING = 0;
export const ACTIVE = 1;
export const COMPLETED = 2;
/** A call's status only ever rises, and each step is made by whoever changes the row first. */
export type Status = typeof WAITING | typeof ACTIVE | typeof COMPLETED;

export interface Call {
  readonly callId: number;
  readonly number: string;
  readonly extension: Extension;
  readonly status: Status;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Counts the changes of all calls: the call that changed last has the highest. */
  readonly revision: number;
}

export interface CallFilter {
  readonly status?: Status | undefined;
  readonly extension?: Extension | undefined;
  /** Any part of the contact's number. */
  readonly number?: string | undefined;
}

export interface NewCall {
  readonly number: string;
  readonly providerCallId: string | null;
  readonly status: typeof WAITING | typeof COMPLETED;
  /** Until when the provider waits to hear the extension; null: it doesn't. */
  readonly delegateUntil: number | null;
}

export interface Delegation {
  readonly callId: number;
  readonly providerCallId: string;
  readonly extension: Extension;
  readonly until: number;
}

export interface Stats {
  readonly extensions: readonly { extension: Extension; status: Status; count: number }[];
  /** Calls by the minute (since the epoch) in which they came and the status they have now. */
  readonly minutes: readonly { minute: number; status: Status; count: number }[];
}

/** The calls and contacts in the database: the truth that queues, agents and pages work from. */
export interface CallStore {
  /** Null when the provider's call is stored already. The first call of a number gets extension 900. */
  add(call: NewCall, now: number): Call | null;
  /** Waiting to active; null when it isn't waiting: somebody else has it. */
  activate(callId: number, now: number): Call | null;
  /** Active to completed; null when it isn't active. */
  complete(callId: number, now: number): Call | null;
  /** The provider's call is over, waiting or active; null when it was completed or isn't known. */
  finish(providerCallId: string, now: number): Call | null;
  /** Ids of all active calls. */
  active(): readonly number[];
  /** Ids of calls that wait for an extension, those above `after`, longest waiting first. */
  waiting(extension: Extension, after: number, limit: number): readonly number[];

  delegations(now: number, limit: number): readonly Delegation[];
  endDelegation(callId: number): void;

  /** Latest change first. */
  list(filter: CallFilter, limit: number, offset: number): readonly Call[];
  count(filter: CallFilter): number;
  /** Earliest change first. */
  changedSince(revision: number, limit: number): readonly Call[];
  latestRevision(): number;
  stats(since: number): Stats;
}

export function createCallStore(database: DatabaseSync): CallStore {
  const nextRevision = '(select coalesce(max(revision), 0) + 1 from calls)';
  const addContact = database.prepare('insert into contacts values (?, ?) on conflict do nothing');
  const addCall = database.prepare(
    `insert into calls (provider_call_id, number, extension, status, delegate_until, created_at, updated_at, revision)
     values (?, ?, ?, ?, ?, ?, ?, ${nextRevision}) returning ${COLUMNS}`,
  );
  const known = database.prepare('select 1 from calls where provider_call_id = ?');
  const change = (to: Status, condition: string) =>
    database.prepare(
      `update calls set status = ${to}, updated_at = ?, revision = ${nextRevision}
       where ${condition} returning ${COLUMNS}`,
    );
  const toActive = change(ACTIVE, `id = ? and status = ${WAITING}`);
  const toCompleted = change(COMPLETED, `id = ? and status = ${ACTIVE}`);
  const toFinished = change(COMPLETED, `provider_call_id = ? and status < ${COMPLETED}`);
  const selectActive = database.prepare(`select id from calls where status = ${ACTIVE}`);
  const selectWaiting = database.prepare(
    `select id from calls where status = ${WAITING} and extension = ? and id > ? order by id limit ?`,
  );
  const selectDelegations = database.prepare(
    `select id, provider_call_id, extension, delegate_until from calls
     where delegate_until > ? order by delegate_until limit ?`,
  );
  const clearDelegation = database.prepare('update calls set delegate_until = null where id = ?');
  const selectChanged = database.prepare(
    `select ${COLUMNS} from calls where revision > ? order by revision limit ?`,
  );
  const selectLatest = database.prepare('select coalesce(max(revision), 0) as n from calls');
  const selectCounts = database.prepare('select extension, status, count from call_counts');
  const selectMinutes = database.prepare(
    `select created_at / 60000 as minute, status, count(*) as count from calls
     where created_at >= ? group by 1, 2`,
  );
  const ids = (rows: unknown[]) => (rows as { id: number }[]).map((row) => row.id);

  return {
    add({ number, providerCallId, status, delegateUntil }, now) {
      if (providerCallId !== null && known.get(providerCallId)) return null;
      const extension = addContact.run(number, now).changes === 1 ? '900' : '901';
      return toCall(
        addCall.get(providerCallId, number, extension, status, delegateUntil, now, now),
      );
    },
    activate: (callId, now) => toCall(toActive.get(now, callId)),
    complete: (callId, now) => toCall(toCompleted.get(now, callId)),
    finish: (providerCallId, now) => toCall(toFinished.get(now, providerCallId)),
    active: () => ids(selectActive.all()),
    waiting: (extension, after, limit) => ids(selectWaiting.all(extension, after, limit)),

    delegations: (now, limit) =>
      (selectDelegations.all(now, limit) as unknown as DelegationRow[]).map((row) => ({
        callId: row.id,
        providerCallId: row.provider_call_id,
        extension: row.extension,
        until: row.delegate_until,
      })),
    endDelegation: (callId) => void clearDelegation.run(callId),

    list(filter, limit, offset) {
      const { where, values } = conditionOf(filter);
      return database
        .prepare(`select ${COLUMNS} from calls ${where} order by revision desc limit ? offset ?`)
        .all(...values, limit, offset)
        .flatMap((row) => toCall(row) ?? []);
    },
    count({ status, extension, number }) {
      if (number === undefined) {
        return (selectCounts.all() as unknown as Stats['extensions'])
          .filter((one) => extension === undefined || one.extension === extension)
          .filter((one) => status === undefined || one.status === status)
          .reduce((sum, one) => sum + one.count, 0);
      }
      const { where, values } = conditionOf({ status, extension, number });
      const row = database.prepare(`select count(*) as n from calls ${where}`).get(...values);
      return (row as { n: number }).n;
    },
    changedSince: (revision, limit) =>
      selectChanged.all(revision, limit).flatMap((row) => toCall(row) ?? []),
    latestRevision: () => (selectLatest.get() as { n: number }).n,
    stats: (since) => ({
      extensions: selectCounts.all() as unknown as Stats['extensions'],
      minutes: selectMinutes.all(since) as unknown as Stats['minutes'],
    }),
  };
}

const COLUMNS = 'id, number, extension, status, created_at, updated_at, revision';

interface DelegationRow {
  readonly id: number;
  readonly provider_call_id: string;
  readonly extension: Extension;
  readonly delegate_until: number;
}

function toCall(row: unknown): Call | null {
  if (row === undefined) return null;
  const { id, number, extension, status, created_at, updated_at, revision } = row as {
    id: number;
    number: string;
    extension: Extension;
    status: Status;
    created_at: number;
    updated_at: number;
    revision: number;
  };
  return {
    callId: id,
    number,
    extension,
    status,
    createdAt: created_at,
    updatedAt: updated_at,
    revision,
  };
}

function conditionOf({ status, extension, number }: CallFilter) {
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  if (status !== undefined) {
    conditions.push('status = ?');
    values.push(status);
  }
  if (extension !== undefined) {
    conditions.push('extension = ?');
    values.push(extension);
  }
  if (number !== undefined) {
    conditions.push('instr(number, ?) > 0');
    values.push(number);
  }
  return { where: conditions.length > 0 ? `where ${conditions.join(' and ')}` : '', values };
}
