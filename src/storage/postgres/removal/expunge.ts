import { cancelling, tellingClaimants } from '../cancelling.ts';
import type { Statement } from '../connection-pool.ts';
import { payloadDeleted } from '../payload-deleted.ts';

/**
 * Deletes the payloads and cancels all deliveries of the messages. Its rows: the ids of the messages that exist,
 * and whether other processes are told.
 */
export function expungeStatement(applicationId: string, messageIds: readonly string[]): Statement {
  return {
    name: 'expunge',
    text: `with
      named as materialized (
        select m.id from unnest($2::text[]) as n (id) cross join lateral (
          select id from posthaste.message where application_id = $1 and id = n.id limit 1
        ) as m
      ),
      ${cancelling('select id as message_id from named', 'true')},
      ${tellingClaimants()},
      ${erasing('select $1::text as application_id, id from named')}
      select id, exists (select from told) as told from named`,
    values: [applicationId, messageIds],
  };
}

/** Cancels the deliveries of the message. Its row: how many, and whether other processes are told. */
export function cancelMessageStatement(applicationId: string, messageId: string): Statement {
  return {
    name: 'cancel-message',
    text: `with
      ${cancelling('select $2::text as message_id', 'd.application_id = $1')},
      ${tellingClaimants()}
      select count(*)::int4 as count, exists (select from told) as told from cancelled`,
    values: [applicationId, messageId],
  };
}

/**
 * Common table expressions that delete the payloads and headers of the messages that `select` returns as
 * (application_id, id), also in the records of their attempts. `erased` has the ids of those that had a payload.
 */
export function erasing(select: string): string {
  return `
    forgotten as (
      update posthaste.attempt as a set exchange = null
      from (${select}) as e
        join posthaste.message as m on m.application_id = e.application_id and m.id = e.id
      where m.headers is not null and a.message_id = m.id
    ),
    erased as (
    update posthaste.message as m
    set payload = '', content_type = null, headers = null, payload_chars = 0, expires_at = null
    from (${select}) as e
    where m.application_id = e.application_id and m.id = e.id
      and not ${payloadDeleted('m')}
    returning m.id)`;
}

/** SQL for whether an attempt of the message `id` is owed. */
export function owed(id: string): string {
  return `exists (
    select from posthaste.delivery as d left join posthaste.endpoint as e on e.id = d.endpoint_id
    where d.message_id = ${id}
      and (d.claim_owner <> 0 or (e.disabled_at is null and e.deleted_at is null)))`;
}
