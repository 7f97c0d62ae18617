import type { Send } from '../connection-pool.ts';

/** Removes messages with all of their rows, each from the partition of its id; returns how many. */
export async function removeMessageRows(
  send: Send,
  messages: readonly { readonly application_id: string; readonly id: string }[],
): Promise<number> {
  if (messages.length === 0) return 0;
  const ids = messages.map(({ id }) => id);
  await removeOfMessages(send, ['attempt', 'settled_delivery', 'delivery'], ids);
  await send({
    name: 'retention-uids-of',
    text: `delete from posthaste.message_key where kind = 'uid' and message_id = any($1::text[])`,
    values: [ids],
  });
  // Names the tags themselves, because their table has no index by message.
  const { rowCount } = await send({
    name: 'retention-messages',
    text: `with gone as (
        delete from posthaste.message as m
        using unnest($1::text[], $2::text[]) as f (application_id, id)
        where m.application_id = f.application_id and m.id = f.id
        returning m.application_id, m.id, m.tags
      ),
      untagged as (
        delete from posthaste.message_tag as t
        using (
          select application_id, id, json_array_elements_text(tags::json) as tag
          from gone where tags is not null
        ) as g
        where t.application_id = g.application_id and t.tag = g.tag and t.message_id = g.id
      )
      select from gone`,
    values: [messages.map((row) => row.application_id), ids],
  });
  return rowCount ?? 0;
}

/** Removes attempts and ended deliveries of the messages; returns how many messages had any. */
export async function removeAttemptRows(
  send: Send,
  messages: readonly { readonly id: string }[],
): Promise<number> {
  if (messages.length === 0) return 0;
  const ids = messages.map(({ id }) => id);
  return removeOfMessages(send, ['attempt', 'settled_delivery'], ids);
}

async function removeOfMessages(
  send: Send,
  tables: readonly string[],
  ids: readonly string[],
): Promise<number> {
  const touched = new Set<string>();
  for (const table of tables) {
    const { rows } = await send<{ message_id: string }>({
      name: `retention-rows-${table}`,
      text: `delete from posthaste.${table} where message_id = any($1::text[]) returning message_id`,
      values: [ids],
    });
    for (const row of rows) touched.add(row.message_id);
  }
  return touched.size;
}
