/**
 * The states of messages at an endpoint, in rows that `foundOf` reads, from the three places that may hold a
 * delivery (`client/deliveries-of.ts`). A delivery without a row is delivered when it has a successful attempt,
 * and claimed when only its message lists it. `messages` is the text after `from`, with the message as `m`; the
 * other options are parameters of the statement, or columns.
 */
export function foundDeliveries({
  messages,
  endpoint,
  withStatus = '0',
  at = 'm.id',
  happenedAt = 'm.created_at',
}: {
  readonly messages: string;
  readonly endpoint: string;
  readonly withStatus?: string;
  readonly at?: string;
  readonly happenedAt?: string;
}): string {
  const attempts = `from attempt as a where a.message_id = m.id and a.endpoint_id = ${endpoint}`;
  return `
    select m.id as message_id, ${at} as at, ${happenedAt} as happened_at, m.event_type, m.channels, m.tags,
      m.deliver_at,
      case when d.state is not null then d.state
        when (select max(a.succeeded) ${attempts}) = 1 then 1
        when ${endpoint} in (select value from json_each(m.claimed_endpoint_ids)) then 0
      end as state,
      iif(d.state is null, 1, d.claim_owner > 0) as claimed,
      d.attempt_count, d.due_at,
      iif(${withStatus}, (select coalesce(a.status_code, 0) ${attempts} order by a.id desc limit 1), null)
        as last_status_code
    from ${messages}
      left join delivery as d on d.message_id = m.id and d.endpoint_id = ${endpoint}`;
}
