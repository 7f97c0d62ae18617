import { firstId } from '../../../domain/ids.ts';
import type { AllGroups, RetainedBefore, RetentionGroup } from '../../retention.ts';
import type { Send } from '../connection-pool.ts';
import { owed } from './expunge.ts';
import { removeMessageRows } from './remove-rows.ts';
import { isOfGroup, members } from './retention-walk.ts';

/**
 * Removes rows of the default partitions, which hold the ids of weeks without a partition; returns how many, at
 * most about `limit` of each table.
 */
export async function removeStrays(
  send: Send,
  { groups, longest, limit }: StraysRequest,
): Promise<number> {
  let count = 0;
  for (const group of groups) {
    count = Math.max(count, await removeMessages(send, group, groups, limit));
  }
  const before = longest.attemptsBefore;
  if (before === null) return count;
  for (const table of ['attempt', 'settled_delivery']) {
    // Includes rows whose message is gone: a message may be resent while its week is dropped.
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

async function removeMessages(
  send: Send,
  group: RetentionGroup,
  groups: AllGroups,
  limit: number,
): Promise<number> {
  if (group.messagesBefore === null) return 0;
  const { rows } = await send<{ application_id: string; id: string }>({
    name: 'retention-strays',
    text: `select m.application_id, m.id
      from posthaste.message_default as m
      where m.created_at < $1 and not ${owed('m.id')} and ${isOfGroup('$3', '$4')}
      limit $2`,
    values: [group.messagesBefore, limit, ...members(group, groups)],
  });
  return removeMessageRows(send, rows);
}

interface StraysRequest {
  readonly groups: AllGroups;
  readonly longest: Pick<RetainedBefore, 'attemptsBefore'>;
  readonly limit: number;
}
