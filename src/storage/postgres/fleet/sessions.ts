/**
 * Each process holds a lock in the session of its heartbeats. PostgreSQL frees the lock when the session
 * ends: at once when the process was killed, and not while the process is paused or slow.
 *
 * The lock permits nothing: a process attempts while its lease holds, and only then. It tells how long
 * others wait for a process whose lease is over. So a process may lose the lock and live, and a pooler may
 * keep the lock of one that is dead.
 *
 * Shared, so that a new session gets it while the server still holds an old one of the process.
 */
export function holdingLock(process: string): string {
  return `pg_try_advisory_lock_shared(${PROCESS_LOCK}, ${process})`;
}

/** How long others wait for a process whose lease is over. */
export interface Patience {
  /** With a session. */
  readonly patienceMs: number;
  /** False: without a session as long. */
  readonly judgesSessions: boolean;
}

/**
 * SQL for whether others wait no longer for the process of the row `p`; the other two are parameters.
 * The case keeps PostgreSQL from listing locks for a process whose lease holds.
 */
export function isOver(p: string, patienceMs: string, judgesSessions: string): string {
  return `case
    when ${p}.lease_until > clock_timestamp() then false
    when ${p}.lease_until <= clock_timestamp() - ${patienceMs} * interval '1 ms' then true
    else ${judgesSessions}::boolean
      and pg_postmaster_start_time() < clock_timestamp() - interval '${SESSIONS_KNOWN_MS} ms'
      and not exists (select from pg_locks as l
        where l.locktype = 'advisory' and l.classid = ${PROCESS_LOCK} and l.objid = ${p}.number::oid
          and l.objsubid = 2 and l.granted
          and l.database = (select oid from pg_database where datname = current_database()))
    end`;
}

/** The first of two keys: any number that nobody else is likely to lock. */
const PROCESS_LOCK = 1_869_573_999;
/** A server that has just started has ended all sessions. */
const SESSIONS_KNOWN_MS = 8_000;
