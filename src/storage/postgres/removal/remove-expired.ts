import { firstId } from '../../../domain/ids.ts';
import {
  type AllGroups,
  LOOK_AGAIN_MS,
  type Removed,
  type RetainedBefore,
  type RetentionGroup,
  type RetentionRequest,
  allGroups,
  groupFinder,
} from '../../retention.ts';
import { cancelling } from '../cancelling.ts';
import type { ConnectionPool, Send } from '../connection-pool.ts';
import { dayOf } from '../partitions.ts';
import { payloadDeleted } from '../payload-deleted.ts';
import { isTimeout } from '../postgres-errors.ts';
import { type OldPartitions, dropOldPartitions } from './drop-old-partitions.ts';
import { erasing } from './expunge.ts';
import { removeAttemptRows, removeMessageRows } from './remove-rows.ts';
import { removeStrays } from './remove-strays.ts';
import {
  type Found,
  NOTHING,
  type Walk,
  type Walked,
  forgetOtherWalks,
  found,
  isOfGroup,
  members,
  walkDays,
} from './retention-walk.ts';

/**
 * `Storage.removeExpired`. A week's partitions are dropped when all of its messages have expired by the longest
 * retention of any organization, unless an attempt of one of them is owed. All other rows are removed one by
 * one, within a day of their expiry. Null: another process has the lock.
 */
export async function removeExpired(
  pool: ConnectionPool,
  request: RetentionRequest,
): Promise<Removed | null> {
  const { now, limit } = request;
  const all = allGroups(request);
  const longest = longestOf(all);
  try {
    return await pool.transaction(async (send) => {
      const { rows } = await send<{ mine: boolean }>({ name: 'retention-lock', text: LOCK });
      if (rows[0]?.mine !== true) return null;
      const old = await dropOldPartitions(send, longest);
      if (old.dropped > 0) return { count: old.dropped, done: false };

      const { messagesBefore } = longest;
      const uids = messagesBefore === null ? 0 : await forgetUids(send, messagesBefore, limit);
      const groupOfId = groupFinder(all);
      const groupOf = (row: Found) => groupOfId(row.organization_id);
      const strays = await removeStrays(send, { groups: all, longest, limit });
      const results = [
        { looked: strays, removed: strays },
        await removeOwnTimes(send, groupOf, request, old),
      ];
      for (const group of all) {
        const limits = { now, limit, longest, old };
        results.push(...(await removeOfGroup(send, group, { all, groupOf }, limits)));
      }
      const most = Math.max(uids, ...results.map(({ looked }) => looked));
      const names = all.map(({ name }) => name);
      if (most < limit) await forgetOtherWalks(send, names);
      return { count: results.reduce((sum, one) => sum + one.removed, 0), done: most < limit };
    });
  } catch (error) {
    // A reader holds the tables: the next round tries again.
    if (isTimeout(error)) return { count: 0, done: true };
    throw error;
  }
}

/** Removes the rows that expire before their partition is dropped. */
async function removeOfGroup(
  send: Send,
  group: RetentionGroup,
  { all, groupOf }: { all: AllGroups; groupOf: (row: Found) => RetentionGroup },
  { now, limit, longest, old }: Limits,
): Promise<Walked[]> {
  const [payloads, attempts, messages] = [
    group.payloadsBefore ?? -Infinity,
    group.attemptsBefore ?? -Infinity,
    group.messagesBefore ?? -Infinity,
  ];
  const walk = (what: Walk['what'], before: number, remove: (its: Parted) => Promise<number>) =>
    walkDays(send, { name: group.name, what, before, limit }, (rows) =>
      remove(parted(rows.filter((row) => groupOf(row) === group))),
    );
  const results: Walked[] = [];
  const goFirst = messages > (longest.messagesBefore ?? -Infinity);
  const messagesUpTo = goFirst ? messages : old.keptMessages;
  if (messagesUpTo > -Infinity) {
    const walked = await walk('messages', messagesUpTo, async ({ owed, free }) => {
      await lookAgain(send, owed, now);
      return removeMessageRows(send, free);
    });
    results.push(walked);
  }
  const attemptsGoFirst = attempts > Math.max(messages, longest.attemptsBefore ?? -Infinity);
  const attemptsUpTo = attemptsGoFirst ? attempts : old.keptTheirs;
  if (attemptsUpTo > messagesUpTo) {
    results.push(await walk('attempts', attemptsUpTo, ({ free }) => removeAttemptRows(send, free)));
  }
  if (payloads > messages) {
    results.push(await walk('payloads', payloads, (its) => removePayloads(send, its, now)));
    const values = [payloads, limit, ...members(group, all)];
    const { rows } = await send<Found>({ text: OF_DEFAULT, values });
    results.push({ looked: rows.length, removed: await removePayloads(send, parted(rows), now) });
  }
  return results;
}

/**
 * Messages whose own `expires_at` has passed; retention also sets it to check owed messages again. Removes
 * their payloads, or the messages that have expired as a whole.
 */
async function removeOwnTimes(
  send: Send,
  groupOf: (row: Found) => RetentionGroup,
  { now, limit, groups }: RetentionRequest,
  { keptMessages }: OldPartitions,
): Promise<Walked> {
  const { rows } = await send<Found>({ text: EXPIRED, values: [now, limit] });
  if (rows.length === 0) return NOTHING;
  // Without groups, newer rows go with their partition.
  const rowByRow = groups.length > 0 ? Infinity : keptMessages;
  const isOver = (row: Found) =>
    !row.owed && row.created_at < Math.min(groupOf(row).messagesBefore ?? -Infinity, rowByRow);
  const others = rows.filter((row) => !isOver(row));
  const payloads = await removePayloads(send, parted(others), now);
  const messages = await removeMessageRows(send, rows.filter(isOver));
  return { looked: rows.length, removed: payloads + messages };
}

/** Removes the payloads, and postpones those of owed messages; returns how many were removed. */
async function removePayloads(send: Send, { owed, free }: Parted, now: number): Promise<number> {
  await lookAgain(send, owed, now);
  if (free.length === 0) return 0;
  const named =
    'select application_id, id, id as message_id from unnest($1::text[], $2::text[]) as f (application_id, id)';
  const { rows: erased } = await send({
    name: 'retention-erase',
    text: `with ${cancelling(named, 'd.claim_owner = 0')},
      ${erasing(named)} select id from erased`,
    values: columns(free),
  });
  return erased.length;
}

async function lookAgain(send: Send, rows: readonly Found[], now: number): Promise<void> {
  if (rows.length === 0) return;
  await send({
    name: 'retention-look-again',
    text: `update posthaste.message as m set expires_at = $3
      from unnest($1::text[], $2::text[]) as f (application_id, id)
      where m.application_id = f.application_id and m.id = f.id`,
    values: [...columns(rows), now + LOOK_AGAIN_MS],
  });
}

interface Limits {
  readonly now: number;
  readonly limit: number;
  readonly longest: Longest;
  readonly old: OldPartitions;
}

interface Parted {
  readonly owed: readonly Found[];
  readonly free: readonly Found[];
}

function parted(rows: readonly Found[]): Parted {
  return { owed: rows.filter((row) => row.owed), free: rows.filter((row) => !row.owed) };
}

function columns(rows: readonly Found[]): string[][] {
  return [rows.map((row) => row.application_id), rows.map((row) => row.id)];
}

type Longest = Pick<RetainedBefore, 'attemptsBefore' | 'messagesBefore'>;

/** Instants before which no organization keeps messages, or attempts. */
function longestOf(all: readonly RetentionGroup[]): Longest {
  const earliest = (instants: readonly number[]) => {
    const instant = Math.min(...instants);
    return instant === -Infinity ? null : instant;
  };
  const messages = all.map(({ messagesBefore }) => messagesBefore ?? -Infinity);
  const theirs = all.map(({ attemptsBefore, messagesBefore }) =>
    Math.max(attemptsBefore ?? -Infinity, messagesBefore ?? -Infinity),
  );
  return { messagesBefore: earliest(messages), attemptsBefore: earliest(theirs) };
}

/** Frees the uids of messages that are gone. */
async function forgetUids(send: Send, before: number, limit: number): Promise<number> {
  const { rows } = await send({
    name: 'retention-uids',
    text: `delete from posthaste.message_key where (application_id, kind, key) in (
        select k.application_id, k.kind, k.key from posthaste.message_key as k
        where k.kind = 'uid' and k.message_id < $1 and not exists (
          select from posthaste.message as m
          where m.application_id = k.application_id and m.id = k.message_id)
        order by k.message_id limit $2)
      returning 1`,
    values: [firstId('msg', dayOf(before)), limit],
  });
  return rows.length;
}

const EXPIRED = `${found('message')} where m.expires_at <= $1 order by m.expires_at limit $2`;

/** Rows outside every week's partition. They are few, so no mark remembers the progress. */
const OF_DEFAULT = `${found('message_default')}
  where m.created_at < $1 and m.expires_at is null and not ${payloadDeleted('m')}
    and ${isOfGroup('$3', '$4')} limit $2`;

/** "retain" in ASCII. */
const RETENTION_LOCK = 0x72657461696e;
const LOCK = `select pg_try_advisory_xact_lock(${RETENTION_LOCK}) as mine`;
