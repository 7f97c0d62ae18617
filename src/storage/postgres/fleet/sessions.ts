/**
 * Each process holds a lock in the session of its heartbeats. PostgreSQL frees the lock when the session
 * ends: at once when the process was killed, and not while the process is paused or slow.
 *
 * The lock gives no right: a process may attempt only while its lease holds. The lock only decides how long
 * others wait for a process whose lease has ended. So it does no harm when a living process loses the lock, or
 * when a pooler keeps the lock of a dead one.
 *
 * The lock is shared, so that a new session gets it while the server still has an old session of the process.
 */
export function holdingLock(process: string): string {
  return `pg_try_advisory_lock_shared(${PROCESS_LOCK}, ${process})`;
}

/** How long to wait for a process whose lease has ended. */
export interface Patience {
  /** How long to wait while its session is open. */
  readonly patienceMs: number;
  /** False: wait as long even when its session has ended. */
  readonly judgesSessions: boolean;
}

/**
 * SQL for whether to stop waiting for the process of the row `p`; the other two arguments are parameters.
 * The `case` keeps PostgreSQL from listing locks for a process whose lease holds.
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

/** The first of the two keys of the lock: a number that other programs are unlikely to use. */
const PROCESS_LOCK = 1_869_573_999;
/** After a start of the server, sessions say nothing for this long: the start has ended all of them. */
const SESSIONS_KNOWN_MS = 8_000;
