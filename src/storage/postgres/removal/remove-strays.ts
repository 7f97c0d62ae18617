import { firstId } from '../../../domain/ids.ts';
import type { RetainedBefore, RetentionGroup } from '../../retention.ts';
import type { Send } from '../connection-pool.ts';
import { owed } from './expunge.ts';
import { removeMessageRows } from './remove-rows.ts';

/**
 * Removes rows of the default partitions, whose ids are of no week that had one; answers how many, at most
 * about `limit` of each table.
 */
export async function removeStrays(
  send: Send,
  { groups: [others, ...groups], longest, limit }: StraysRequest,
): Promise<number> {
  let count = 0;
  const all = groups.flatMap(({ organizationIds }) => organizationIds);
  for (const { messagesBefore, organizationIds } of groups) {
    const removed = await removeMessages(send, 'any', organizationIds, messagesBefore, limit);
    count = Math.max(count, removed);
  }
  const { messagesBefore = null } = others ?? {};
  count = Math.max(count, await removeMessages(send, 'all', all, messagesBefore, limit));
  const before = longest.attemptsBefore;
  if (before === null) return count;
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

/** Of these organizations, or of all but these. */
async function removeMessages(
  send: Send,
  which: 'any' | 'all',
  organizationIds: readonly string[],
  before: number | null,
  limit: number,
): Promise<number> {
  if (before === null) return 0;
  const { rows } = await send<{ application_id: string; id: string }>({
    name: `retention-strays-${which}`,
    text: `select m.application_id, m.id
      from posthaste.message_default as m
        left join posthaste.application as a on a.id = m.application_id
      where m.created_at < $1 and not ${owed('m.id')}
        and coalesce(a.organization_id, '') ${which === 'any' ? '=' : '<>'} ${which}($3::text[])
      limit $2`,
    values: [before, limit, organizationIds],
  });
  return removeMessageRows(send, rows);
}

interface StraysRequest {
  /** The first is that of all other organizations. */
  readonly groups: readonly RetentionGroup[];
  readonly longest: Pick<RetainedBefore, 'attemptsBefore'>;
  readonly limit: number;
}
