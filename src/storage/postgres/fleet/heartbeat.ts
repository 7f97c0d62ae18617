import type { Change } from '../../changes.ts';
import type { ProcessDescription } from '../../fleet.ts';
import type { Session } from './session.ts';
import { type Patience, holdingLock, isOver } from './sessions.ts';

/** What a process knows of the fleet after a heartbeat. */
export interface FleetView {
  /** Processes that nobody may declare gone, by number. */
  readonly alive: ReadonlySet<number>;
  /** Those among them that share the shards. */
  readonly workers: readonly number[];
  /** The owner of each shard; 0: none. */
  readonly owners: readonly number[];
  readonly changes: readonly Change[];
  /** Where the next heartbeat goes on with the changes: the snapshot that this one saw. */
  readonly cursor: string;
}

export interface Beat extends Patience {
  readonly number: number;
  /** The session is new, or the number is: it does not hold the lock yet. */
  readonly locks: boolean;
  readonly sharing: boolean;
  readonly leaseMs: number;
  /** Changes older than this are passed over. */
  readonly changesKeptMs: number;
  /** From the heartbeat before; null: the first one, which asks for no changes. */
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

/** Renews the lease and tells what others did. Null: the process is gone, and others own its shards. */
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
    // What an edit lets go on must not be what was cancelled.
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
  /** Null: of keys and revocations. */
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

/** An edit may take so long from its row in `change` to its commit: the statement's time-out. */
const COMMIT_MS = 16_000;

/**
 * The cursor for a connection that was made anew, perhaps to another server, which may not have all that
 * the one before had committed: everything since the oldest transaction that was under way comes again.
 */
export function cursorForNewConnection(cursor: string): string {
  const [oldest = ''] = cursor.split(':');
  return `${oldest}:${oldest}:`;
}

// Commits become visible in another order than that of their rows: a heartbeat tells what its snapshot sees
// and that of the one before did not. Everything since the oldest transaction under way, as long as one is
// open, was 24,000 rows in each heartbeat with 1,000 edits a second: 112 ms of the server instead of 11.
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
