import { int2Array, int4Array, textArray } from '../binary-array.ts';
import type { ConnectionPool, Statement } from '../connection-pool.ts';
import { FLEET_CHANNEL } from './session.ts';
import { type Patience, isOver } from './sessions.ts';

export interface Taken {
  readonly shards: number[];
  /** Endpoints of the shards that a living process, their previous owner, still has claims of. */
  readonly claimedElsewhere: string[];
}

export interface Judging {
  /** Null: no process is declared gone. */
  readonly judges: Patience | null;
  readonly storedNow: number;
}

type Send = Parameters<Parameters<ConnectionPool['transaction']>[0]>[0];

/**
 * Takes those of the shards that have no owner, or whose owner `judges` no longer waits for: such an owner is
 * declared gone first. With `judges` null, takes only shards without an owner. Deliveries that the gone
 * processes had claimed are due at once.
 */
export async function takeShards(
  pool: ConnectionPool,
  me: number,
  shards: readonly number[],
  { judges, storedNow }: Judging,
): Promise<Taken> {
  const taken =
    judges === null
      ? await take(pool.run.bind(pool), me, shards, [])
      : await pool.transaction((send) => takeFromTheGone(send, me, shards, judges));
  if (taken.length === 0) return { shards: [], claimedElsewhere: [] };
  // Not in the same transaction: no process attempts deliveries of the shards meanwhile, and if this fails,
  // the next heartbeat takes the shards that this process owns already.
  await endClaims(pool.run.bind(pool), taken, storedNow);
  return { shards: taken, claimedElsewhere: await claimedInShards(pool, me, taken) };
}

async function takeFromTheGone(
  send: Send,
  me: number,
  shards: readonly number[],
  judges: Patience,
): Promise<number[]> {
  await declareGone(send, judges);
  // By number: a process that has registered since then must not count as gone because it is unknown here.
  const { rows } = await send<{ owner: number }>({ text: OWNERS_THAT_ARE_GONE });
  const gone = rows.map(({ owner }) => owner);
  return take(send, me, shards, gone);
}

async function take(
  send: Send,
  me: number,
  shards: readonly number[],
  gone: readonly number[],
): Promise<number[]> {
  const { rows } = await send<{ shard: number }>({
    text: TAKE,
    values: [me, int2Array(shards), int4Array(gone)],
  });
  return rows.map(({ shard }) => shard);
}

/** After this, others can take the shards. */
export async function giveShardsBack(
  pool: ConnectionPool,
  me: number,
  shards: readonly number[],
): Promise<void> {
  await pool.run({
    text: `
      with given as (
        update posthaste.shard set owner = null where owner = $1 and shard = any($2::int2[])
        returning shard
      )
      select pg_notify('${FLEET_CHANNEL}', '') from (select count(*) from given) as given`,
    values: [me, int2Array(shards)],
  });
}

/** Gives all shards back and ends the process's share. */
export function leaving(me: number): Statement {
  return {
    text: `
      with left_fleet as (
        update posthaste.process set sharing = false where number = $1
      ),
      given as (update posthaste.shard set owner = null where owner = $1 returning shard)
      select pg_notify('${FLEET_CHANNEL}', '') from (select count(*) from given) as given`,
    values: [me],
  };
}

/** Deletes the process, once all of its work has ended. */
export function unregistering(me: number): Statement {
  return {
    text: `
      with given as (update posthaste.shard set owner = null where owner = $1),
      ended as (delete from posthaste.process where number = $1 returning number)
      select pg_notify('${FLEET_CHANNEL}', '') from ended`,
    values: [me],
  };
}

/**
 * Makes deliveries due that processes which are gone had claimed in the shards, including claims that were
 * committed after their end. Processes that `judges` no longer waits for are declared gone first: a process
 * that was killed after it had given its shards back has claims, but no shard whose taking would end them.
 * Returns the endpoints.
 */
export async function endClaimsOfTheGone(
  pool: ConnectionPool,
  shards: readonly number[],
  { judges, storedNow }: Judging,
): Promise<string[]> {
  return pool.transaction(async (send) => {
    if (judges !== null) await declareGone(send, judges);
    return endClaims(send, shards, storedNow);
  });
}

/** Returns those of the endpoints that another living process has claims of. */
export async function claimedElsewhere(
  pool: ConnectionPool,
  me: number,
  endpointIds: readonly string[],
): Promise<string[]> {
  const { rows } = await pool.run<{ endpoint_id: string }>({
    text: `${CLAIMED_ELSEWHERE} and d.endpoint_id = any($2::text[])`,
    values: [me, textArray(endpointIds)],
  });
  return rows.map(({ endpoint_id }) => endpoint_id);
}

/** Deletes rows of processes and changes that are no longer needed. */
export async function deleteOutdated(pool: ConnectionPool): Promise<void> {
  await pool.run({
    text: `
      with gone as (
        delete from posthaste.process as p
        where p.lease_until < clock_timestamp() - interval '1 hour'
          and not exists (select from posthaste.shard as s where s.owner = p.number)
      )
      delete from posthaste.change where at < clock_timestamp() - interval '1 minute'`,
  });
}

async function declareGone(send: Send, { patienceMs, judgesSessions }: Patience): Promise<void> {
  await send({ text: DECLARE_GONE, values: [SERVER_SETTLED_MS, patienceMs, judgesSessions] });
}

async function claimedInShards(
  pool: ConnectionPool,
  me: number,
  shards: readonly number[],
): Promise<string[]> {
  const { rows } = await pool.run<{ endpoint_id: string }>({
    text: `${CLAIMED_ELSEWHERE} and d.shard = any($2::int2[])`,
    values: [me, int2Array(shards)],
  });
  return rows.map(({ endpoint_id }) => endpoint_id);
}

async function endClaims(
  send: Send,
  shards: readonly number[],
  storedNow: number,
): Promise<string[]> {
  const { rows: owners } = await send<{ claim_owner: number }>({
    text: CLAIM_OWNERS_THAT_ARE_GONE,
  });
  if (owners.length === 0) return [];
  const { rows } = await send<{ endpoint_id: string }>({
    text: `
      with ended as (
        update posthaste.delivery set claim_owner = 0, due_at = $3
        where claim_owner = any($1::int4[]) and claim_owner <> 0 and shard = any($2::int2[])
        returning endpoint_id
      )
      select distinct endpoint_id from ended`,
    values: [int4Array(owners.map(({ claim_owner }) => claim_owner)), int2Array(shards), storedNow],
  });
  return rows.map(({ endpoint_id }) => endpoint_id);
}

/** After the start of the server all processes get time to come back. */
const SERVER_SETTLED_MS = 3_000;

// A renewal under way locks the row: then this statement waits and sees the new lease.
const DECLARE_GONE = `
  update posthaste.process as p set gone = true, sharing = false
  where not gone and ${isOver('p', '$2', '$3')}
    and pg_postmaster_start_time() < clock_timestamp() - $1 * interval '1 ms'`;

const OWNERS_THAT_ARE_GONE = `
  select distinct owner from posthaste.shard as s
  where owner is not null
    and not exists (select from posthaste.process as p where p.number = s.owner and not p.gone)`;

const TAKE = `
  update posthaste.shard set owner = $1
  where shard = any($2::int2[]) and (owner is null or owner = $1 or owner = any($3::int4[]))
    and exists (select from posthaste.process where number = $1 and not gone)
  returning shard`;

// One seek for each owner of claims, however many claims it has.
const CLAIM_OWNERS = `
  with recursive owner (claim_owner) as (
    (select d.claim_owner from posthaste.delivery as d
     where d.claim_owner <> 0 order by d.claim_owner limit 1)
    union all
    select (select d.claim_owner from posthaste.delivery as d
      where d.claim_owner <> 0 and d.claim_owner > o.claim_owner order by d.claim_owner limit 1)
    from owner as o where o.claim_owner is not null
  )`;

const CLAIM_OWNERS_THAT_ARE_GONE = `${CLAIM_OWNERS}
  select claim_owner from owner as o where claim_owner is not null
    and not exists (select from posthaste.process as p where p.number = o.claim_owner and not p.gone)`;

const CLAIMED_ELSEWHERE = `${CLAIM_OWNERS}
  select distinct d.endpoint_id
  from owner as o join posthaste.delivery as d on d.claim_owner = o.claim_owner
  where d.claim_owner <> 0 and o.claim_owner <> $1
    and exists (select from posthaste.process as p where p.number = o.claim_owner and not p.gone)`;
