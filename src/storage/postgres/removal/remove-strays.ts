import { firstId } from '../../../domain/ids.ts';
import type { RetentionRequest } from '../../retention.ts';
import type { Send } from '../connection-pool.ts';
import { owed } from './expunge.ts';

/**
 * Removes rows of the default partitions, whose ids are of no week that had one; answers how many, at most
 * about `limit` of each table.
 */
export async function removeStrays(
  send: Send,
  { attemptsBefore, messagesBefore, limit }: RetentionRequest,
): Promise<number> {
  let count = 0;
  if (messagesBefore !== null) count = await removeMessages(send, messagesBefore, limit);
  const before = Math.max(attemptsBefore ?? -Infinity, messagesBefore ?? -Infinity);
  if (before === -Infinity) return count;
  for (const table of ['attempt', 'settled_delivery']) {
    // Also of messages that are gone: somebody sent one again while its week was dropped.
    const { rowCount } = await send({
      name: `retention-strays-${table}`,
      text: `delete from posthaste.${table}_default where ctid in (
        select a.ctid from posthaste.${table}_default as a
        where a.message_id < $1
          and not exists (select from posthaste.delivery as d where d.message_id = a.message_id)
        limit $2)`,
      values: [firstId('msg', before), limit],
    });
    count = Math.max(count, rowCount ?? 0);
  }
  return count;
}

async function removeMessages(send: Send, before: number, limit: number): Promise<number> {
  const { rows } = await send<{ id: string }>({
    name: 'retention-strays',
    text: `delete from posthaste.message_default where (application_id, id) in (
        select m.application_id, m.id from posthaste.message_default as m
        where m.created_at < $1 and not ${owed('m.id')} limit $2)
      returning id`,
    values: [before, limit],
  });
  if (rows.length === 0) return 0;
  const ids = [rows.map(({ id }) => id)];
  for (const table of ['attempt', 'settled_delivery', 'delivery']) {
    await send({
      text: `delete from posthaste.${table} where message_id = any($1::text[])`,
      values: ids,
    });
  }
  return rows.length;
}
