import { DUE_CHANNEL } from './fleet/session.ts';

/**
 * Common table expressions `cancelled` and `kept`, which cancel deliveries (`d`) of the messages that `select`
 * returns as `message_id` (`c`), if the condition `which` holds. The owners of ordered endpoints are told: the
 * deliveries that waited for a cancelled one may be due now.
 */
export function cancelling(select: string, which: string): string {
  return `
    cancelled as (
      delete from posthaste.delivery as d using (${select}) as c
      where d.message_id = c.message_id and ${which}
      returning d.message_id, d.endpoint_id, d.application_id, d.schedule_step, d.sequence,
        d.claim_owner,
        case when d.sequence is not null then pg_notify('${DUE_CHANNEL}', d.endpoint_id) end as notice
    ),
    kept as (
      insert into posthaste.settled_delivery
        (message_id, endpoint_id, application_id, state, schedule_step, sequence)
      select message_id, endpoint_id, application_id, 3, schedule_step, sequence from cancelled
      on conflict (message_id, endpoint_id) do update set state = 3
    )`;
}

/**
 * A common table expression to follow those of `cancelling`: tells the other processes when some of the
 * cancelled deliveries were claimed, and then has a row. `endpointIds`: an array with the endpoint, or empty
 * for any endpoint.
 */
export function tellingClaimants(endpointIds = 'array[]::text[]'): string {
  return `
    told as (
      insert into posthaste.change (application_id, endpoint_ids, message_ids)
      select application_id, ${endpointIds}, array_agg(distinct message_id)
      from cancelled where claim_owner <> 0 group by application_id
      returning 1 as one
    )`;
}

/** A condition for `cancelling`, when `select` returns an `endpoint_id`, too: only deliveries to that endpoint. */
export const OF_ENDPOINT = 'd.endpoint_id = c.endpoint_id';
