import { firstId } from '../../../domain/ids.ts';
import type { RetainedBefore } from '../../retention.ts';
import type { Send } from '../connection-pool.ts';
import { type Partition, listPartitions } from '../partitions.ts';
import { owed } from './expunge.ts';

export interface OldPartitions {
  readonly dropped: number;
  /** The end of the latest complete week that stays: of messages, and of their attempts and results. */
  readonly keptMessages: number;
  readonly keptTheirs: number;
}

/**
 * Drops the partitions of the oldest week that has expired completely, unless an attempt of one of its messages
 * is owed: such a week stays until the delivery is settled, and its other messages are removed row by row.
 *
 * Dropping locks the parent table for a moment. It gives up soon when a reader holds the table, because all
 * other statements would wait behind it.
 */
export async function dropOldPartitions(
  send: Send,
  { attemptsBefore, messagesBefore }: Pick<RetainedBefore, 'attemptsBefore' | 'messagesBefore'>,
): Promise<OldPartitions> {
  const ofMessages = messagesBefore ?? -Infinity;
  // Partitions of attempts and ended deliveries must not outlive their messages; tags belong to the messages.
  const ofTheirs = Math.max(attemptsBefore ?? -Infinity, ofMessages);
  const isOfMessages = ({ table }: Partition) => table === 'message' || table === 'message_tag';
  const isOver = (one: Partition) => one.until <= (isOfMessages(one) ? ofMessages : ofTheirs);
  let [keptMessages, keptTheirs] = [-Infinity, -Infinity];
  const old = (await listPartitions({ run: send })).filter(isOver);
  for (const [range, together] of Map.groupBy(old, rangeOf)) {
    const bounds = range.split(' ');
    const { rows: waiting } = await send({ name: 'retention-owed', text: OWED, values: bounds });
    if (waiting.length > 0) {
      for (const one of together) {
        if (isOfMessages(one)) keptMessages = Math.max(keptMessages, one.until);
        else keptTheirs = Math.max(keptTheirs, one.until);
      }
      continue;
    }
    await send({ text: `set local lock_timeout = '${LOCK_TIMEOUT_MS}ms'` });
    if (together.some(({ table }) => table === 'message')) {
      // These deliveries wait at disabled endpoints.
      await send({ name: 'retention-waiting', text: FORGET_WAITING, values: bounds });
    }
    for (const { name } of together) await send({ text: `drop table posthaste.${name}` });
    return { dropped: together.length, keptMessages, keptTheirs };
  }
  return { dropped: 0, keptMessages, keptTheirs };
}

/** The first id of the partition, and the first id after it. */
function rangeOf({ from, until }: Partition): string {
  return `${firstId('msg', from)} ${firstId('msg', until)}`;
}

const LOCK_TIMEOUT_MS = 200;

const OWED = `
  select from posthaste.delivery as o
  where o.message_id >= $1 and o.message_id < $2 and ${owed('o.message_id')} limit 1`;

const FORGET_WAITING = 'delete from posthaste.delivery where message_id >= $1 and message_id < $2';
