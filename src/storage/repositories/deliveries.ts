import { sql } from 'kysely';
import type { Delivery } from '../../domain/delivery.ts';
import { deliveryOf } from './rows.ts';
import type { SqlBackend } from './sql-backend.ts';

/**
 * The deliveries of one message by endpoint, from the three places where one may be known: its
 * message's own list, its successful first attempt, or its own row, which overrides the others.
 * One statement reads all three, so that none is missed on its way from one to the next.
 */
export async function deliveriesOf(
  { db, read }: SqlBackend,
  applicationId: string,
  messageId: string,
): Promise<Map<string, Delivery>> {
  const none = sql<number | null>`null`;
  const zero = sql<number>`0`;
  const rows = await read(
    db
      .selectFrom('message')
      .select([zero.as('place'), 'id as message_id', 'application_id'])
      .select('claimed_endpoint_ids as endpoint_id')
      .select([zero.as('state'), zero.as('attempt_count'), zero.as('schedule_step')])
      .select(['claimed_until as due_at', sql<number>`1`.as('claim_owner')])
      .where('application_id', '=', applicationId)
      .where('id', '=', messageId)
      .where('claimed_endpoint_ids', 'is not', null)
      .$castTo<PlacedRow>()
      .unionAll(
        db
          .selectFrom('attempt')
          .select([sql<number>`1`.as('place'), 'message_id', 'application_id', 'endpoint_id'])
          .select(({ fn }) => [
            sql<number>`1`.as('state'),
            fn.countAll<number>().as('attempt_count'),
            zero.as('schedule_step'),
          ])
          .select([none.as('due_at'), zero.as('claim_owner')])
          .where('message_id', '=', messageId)
          .groupBy(['message_id', 'application_id', 'endpoint_id'])
          .having(({ fn }) => fn.max('succeeded'), '=', 1)
          .$castTo<PlacedRow>(),
      )
      .unionAll(
        db
          .selectFrom('delivery')
          .select([sql<number>`2`.as('place'), 'message_id', 'application_id', 'endpoint_id'])
          .select(['state', 'attempt_count', 'schedule_step', 'due_at', 'claim_owner'])
          .where('message_id', '=', messageId)
          .$castTo<PlacedRow>(),
      )
      .orderBy('place'),
  );

  const deliveries = new Map<string, Delivery>();
  for (const row of rows) {
    const endpointIds =
      row.place === 0 ? (JSON.parse(row.endpoint_id) as string[]) : [row.endpoint_id];
    for (const endpoint_id of endpointIds) {
      deliveries.set(endpoint_id, deliveryOf({ ...row, endpoint_id }));
    }
  }
  return deliveries;
}

type PlacedRow = Parameters<typeof deliveryOf>[0] & { readonly place: number };
