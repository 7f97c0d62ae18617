import { int2Array, int4Array, textArray } from '../binary-array.ts';
import type { ConnectionPool, Statement } from '../connection-pool.ts';
import { FLEET_CHANNEL } from './session.ts';
import { type Patience, isOver } from './sessions.ts';

export interface Taken {
  readonly shards: number[];
  /** Endpoints of the shards of which a living process has claims: it owned them before. */
  readonly claimedElsewhere: string[];
}

export interface Judging {
  /** Null: nobody is declared gone. */
  readonly judges: Patience | null;
  readonly storedNow: number;
}

type Send = Parameters<Parameters<ConnectionPool['transaction']>[0]>[0];

/**
 * Takes those of the shards that have no owner, or one that `judges` waits for no longer: that one is
 * declared gone first. Null: only those that have no owner. What the gone had claimed of the shards is due at
 * once.
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
  // Not in one transaction: nobody attempts anything in the shards meanwhile, and should this fail, the
  // next heartbeat takes what is this process's already.
  const [elsewhere] = await Promise.all([
    claimedInShards(pool, me, taken),
    endClaims(pool.run.bind(pool), taken, storedNow),
  ]);
  return { shards: taken, claimedElsewhere: elsewhere };
}

async function takeFromTheGone(
  send: Send,
  me: number,
  shards: readonly number[],
  judges: Patience,
): Promise<number[]> {
  await declareGone(send, judges);
  // By number: a process that has registered since must not count as gone for being unknown here.
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

/** Others can take them now. */
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

/** Gives all back, and takes no more. */
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

/** The process has ended, with everything that it did. */
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
 * Makes due what was claimed in the shards by processes that are gone: also such claims that were
 * committed after their end. Processes that `judges` waits for no longer are declared gone first: one that
 * was killed after it had given its shards back has claims, and no shard that anybody would take. Answers
 * the endpoints.
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

/** Those of the endpoints that a living process other than this one has claims of. */
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

/** What nobody asks for any more. */
export async function forgetThePast(pool: ConnectionPool): Promise<void> {
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

// A renewal that is under way holds the row: then this waits, and sees the new lease.
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

// The owners of claims are few: one seek for each, however many claims they have.
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
