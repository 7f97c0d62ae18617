import type { NextDueRow } from '../../repositories/sql-backend.ts';
import type { ReadRequest } from '../wire/queries.ts';

/** The first row of an endpoint in `delivery_pending` has the earliest due time. */
export const NEXT_DUE = `
  select e.id as endpoint_id,
    iif(e.ordered = 1,
      (select iif(claim_owner = 0, due_at, null) from delivery indexed by delivery_ordered
        where state = 0 and delivery.ordered = 1 and endpoint_id = e.id order by message_id limit 1),
      (select min(due_at) from delivery indexed by delivery_pending
        where state = 0 and claim_owner = 0 and endpoint_id = e.id)
    ) as due_at
  from endpoint as e where e.id in (select value from json_each(?))`;

export async function nextDue(
  read: (request: ReadRequest) => Promise<readonly unknown[]>,
  endpointIds: readonly string[],
): Promise<readonly NextDueRow[]> {
  const rows = await read({ sql: NEXT_DUE, parameters: [JSON.stringify(endpointIds)] });
  return rows as readonly NextDueRow[];
}
