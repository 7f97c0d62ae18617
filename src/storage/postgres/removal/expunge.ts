import type { ConnectionPool } from '../connection-pool.ts';

type Connection = Pick<ConnectionPool, 'run'>;

/** Removes the payloads and cancels all deliveries of the messages; answers those that exist. */
export async function expungeMessages(
  pool: Connection,
  applicationId: string,
  messageIds: readonly string[],
): Promise<string[]> {
  const { rows } = await pool.run<{ id: string }>({
    name: 'expunge',
    text: `with
      named as materialized (
        select m.id from unnest($2::text[]) as n (id) cross join lateral (
          select id from posthaste.message where application_id = $1 and id = n.id limit 1
        ) as m
      ),
      ${cancelling('select id from named', 'true')},
      erased as (${erasing('select $1::text as application_id, id from named')})
      select id from named`,
    values: [applicationId, messageIds],
  });
  return rows.map(({ id }) => id);
}

/** Cancels the deliveries of the message that wait; answers how many it did. */
export async function cancelWaiting(
  pool: Connection,
  applicationId: string,
  messageId: string,
): Promise<number> {
  const { rows } = await pool.run<{ count: number }>({
    name: 'cancel-message',
    text: `with
      ${cancelling('select $2::text as id', 'd.claim_owner = 0 and d.application_id = $1')}
      select count(*)::int4 as count from cancelled`,
    values: [applicationId, messageId],
  });
  return rows[0]?.count ?? 0;
}

/** The messages that `select` names, as rows of application_id and id, lose their payloads. */
export function erasing(select: string): string {
  return `
    update posthaste.message as m
    set payload = '', content_type = null, payload_chars = 0, expires_at = null
    from (${select}) as e
    where m.application_id = e.application_id and m.id = e.id
      and not (m.payload = '' and m.content_type is null)
    returning m.id`;
}

/** Common tables that cancel the deliveries `d` of the messages that `select` names as `id`. */
export function cancelling(select: string, which: string): string {
  return `
    cancelled as (
      delete from posthaste.delivery as d using (${select}) as c
      where d.message_id = c.id and ${which}
      returning d.message_id, d.endpoint_id, d.application_id, d.schedule_step, d.sequence
    ),
    kept as (
      insert into posthaste.settled_delivery
        (message_id, endpoint_id, application_id, state, schedule_step, sequence)
      select message_id, endpoint_id, application_id, 3, schedule_step, sequence from cancelled
      on conflict (message_id, endpoint_id) do update set state = 3
    )`;
}

/** Whether an attempt of the message `id` is owed. */
export function owed(id: string): string {
  return `exists (
    select from posthaste.delivery as d left join posthaste.endpoint as e on e.id = d.endpoint_id
    where d.message_id = ${id}
      and (d.claim_owner <> 0 or (e.disabled_at is null and e.deleted_at is null)))`;
}

export type Send = Parameters<Parameters<ConnectionPool['transaction']>[0]>[0];
