import { firstId } from '../../../domain/ids.ts';
import type { RetainedBefore } from '../../retention.ts';
import type { Send } from '../connection-pool.ts';
import { type Partition, listPartitions } from '../partitions.ts';
import { owed } from './expunge.ts';

/**
 * Drops the partitions of the first week that is wholly over; answers how many. A week of whose messages
 * an attempt is owed stays whole until that is settled.
 *
 * Dropping takes the parent's lock for a moment. It gives up soon when somebody holds the table, because
 * everybody else would wait behind it.
 */
export async function dropOldPartitions(
  send: Send,
  { attemptsBefore, messagesBefore }: Pick<RetainedBefore, 'attemptsBefore' | 'messagesBefore'>,
): Promise<number> {
  const ofMessages = messagesBefore ?? -Infinity;
  // Attempts, and how deliveries ended, are told by their message; tags find it.
  const ofTheirs = Math.max(attemptsBefore ?? -Infinity, ofMessages);
  const isOver = ({ table, until }: Partition) =>
    until <= (table === 'message' || table === 'message_tag' ? ofMessages : ofTheirs);
  const old = (await listPartitions({ run: send })).filter(isOver);
  for (const [range, together] of Map.groupBy(old, rangeOf)) {
    const bounds = range.split(' ');
    const { rows: waiting } = await send({ name: 'retention-owed', text: OWED, values: bounds });
    if (waiting.length > 0) continue;
    await send({ text: `set local lock_timeout = '${LOCK_TIMEOUT_MS}ms'` });
    if (together.some(({ table }) => table === 'message')) {
      // They wait at disabled endpoints.
      await send({ name: 'retention-waiting', text: FORGET_WAITING, values: bounds });
    }
    for (const { name } of together) await send({ text: `drop table posthaste.${name}` });
    return together.length;
  }
  return 0;
}

/** The first id of the partition, and the first behind it. */
function rangeOf({ from, until }: Partition): string {
  return `${firstId('msg', from)} ${firstId('msg', until)}`;
}

const LOCK_TIMEOUT_MS = 200;

const OWED = `
  select from posthaste.delivery as o
  where o.message_id >= $1 and o.message_id < $2 and ${owed('o.message_id')} limit 1`;

const FORGET_WAITING = 'delete from posthaste.delivery where message_id >= $1 and message_id < $2';
