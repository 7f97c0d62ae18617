import type { Change } from '../../changes.ts';
import type { ProcessDescription } from '../../fleet.ts';
import type { Session } from './session.ts';
import { type Patience, holdingLock, isOver } from './sessions.ts';

/** What a process knows of the fleet after a heartbeat. */
export interface FleetView {
  /** The numbers of the processes that must not be declared gone. */
  readonly alive: ReadonlySet<number>;
  /** Those among them that share the shards. */
  readonly workers: readonly number[];
  /** The owner of each shard; 0: none. */
  readonly owners: readonly number[];
  readonly changes: readonly Change[];
  /** The snapshot of this heartbeat; the next heartbeat reads the changes since then. */
  readonly cursor: string;
}

export interface Beat extends Patience {
  readonly number: number;
  /** Take the session's lock: the session or the number is new. */
  readonly locks: boolean;
  readonly sharing: boolean;
  readonly leaseMs: number;
  /** Changes older than this are not read. */
  readonly changesKeptMs: number;
  /** The cursor of the previous heartbeat; null for the first one, which reads no changes. */
  readonly cursor: string | null;
}

export async function register(
  session: Session,
  { name, roles, version }: ProcessDescription,
  leaseMs: number,
): Promise<number> {
  const rows = await session.run<{ number: number }>({
    text: `insert into posthaste.process (name, roles, version, lease_until)
      values ($1, $2::text[], $3, clock_timestamp() + $4 * interval '1 ms') returning number`,
    values: [name, roles, version, leaseMs],
  });
  return rows[0]?.number ?? 0;
}

/** Renews the lease and reads the fleet and its changes. Null: others declared this process gone. */
export async function heartbeat(session: Session, beat: Beat): Promise<FleetView | null> {
  const { number, sharing, leaseMs, changesKeptMs, cursor, locks } = beat;
  const { patienceMs, judgesSessions } = beat;
  const [row] = await session.run<HeartbeatRow>({
    name: 'heartbeat',
    text: HEARTBEAT,
    values: [
      number,
      leaseMs,
      sharing,
      cursor,
      changesKeptMs + COMMIT_MS,
      patienceMs,
      judgesSessions,
      locks,
    ],
  });
  if (row === undefined || !row.renewed) return null;
  const others = row.processes.filter((process) => process.number !== number);
  return {
    alive: new Set([number, ...others.map((process) => process.number)]),
    workers: [
      ...(sharing ? [number] : []),
      ...others.filter((process) => process.sharing).map((process) => process.number),
    ],
    owners: row.owners,
    // Cancellations come first: an edit that resumes an endpoint must not let cancelled deliveries go on.
    changes: [
      ...row.changes.filter(({ message_ids: ids }) => ids !== null),
      ...row.changes.filter(({ message_ids: ids }) => ids === null),
    ].map(changeOf),
    cursor: row.cursor,
  };
}

function changeOf(row: ChangeRow): Change {
  const { application_id: applicationId, endpoint_ids: endpointIds, message_ids: messageIds } = row;
  if (applicationId === null) return { kind: 'access' };
  if (messageIds === null) return { kind: 'application', applicationId, endpointIds };
  return { kind: 'cancelled', applicationId, endpointId: endpointIds[0] ?? null, messageIds };
}

interface ChangeRow {
  /** Null for changes of API keys and revocations. */
  readonly application_id: string | null;
  readonly endpoint_ids: readonly string[];
  /** Null unless deliveries were cancelled. */
  readonly message_ids: readonly string[] | null;
}

interface HeartbeatRow {
  readonly renewed: boolean;
  readonly cursor: string;
  readonly processes: readonly { readonly number: number; readonly sharing: boolean }[];
  readonly owners: readonly number[];
  readonly changes: readonly ChangeRow[];
}

/** The longest time from an edit's row in `change` to its commit: the time-out of statements. */
const COMMIT_MS = 16_000;

/**
 * The cursor for a new connection. It may lead to another server, which may lack commits of the previous one:
 * all changes since the oldest transaction that was open are read again.
 */
export function cursorForNewConnection(cursor: string): string {
  const [oldest = ''] = cursor.split(':');
  return `${oldest}:${oldest}:`;
}

// Commits become visible in another order than that of their rows. So a heartbeat reads the rows that its
// snapshot sees and the previous snapshot did not. Reading everything since the oldest open transaction was
// 24,000 rows in each heartbeat at 1,000 edits a second: 112 ms of the server instead of 11.
const HEARTBEAT = `
  with renewed as (
    update posthaste.process
    set lease_until = clock_timestamp() + $2 * interval '1 ms', sharing = $3
    where number = $1 and not gone
    returning number
  )
  select exists (select from renewed) as renewed,
    pg_current_snapshot()::text as cursor,
    (select coalesce(json_agg(json_build_object('number', number, 'sharing', sharing)), '[]')
      from posthaste.process as p where not gone and not ${isOver('p', '$6', '$7')}) as processes,
    case when $8::boolean then ${holdingLock('$1')} end as locked,
    (select array_agg(coalesce(owner, 0) order by shard) from posthaste.shard) as owners,
    (select coalesce(json_agg(json_build_object(
        'application_id', application_id, 'endpoint_ids', endpoint_ids,
        'message_ids', message_ids)), '[]')
      from posthaste.change
      where at > clock_timestamp() - $5 * interval '1 ms' and origin <> $1
        and transaction >= pg_snapshot_xmin($4::pg_snapshot)
        and not pg_visible_in_snapshot(transaction, $4::pg_snapshot)) as changes`;
