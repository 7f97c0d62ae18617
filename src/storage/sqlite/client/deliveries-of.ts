import { sql } from 'kysely';
import type { Compilable, Kysely, Selectable } from 'kysely';
import type { DeliveryTable } from '../../schema.ts';
import type { PhysicalDatabase } from '../physical-schema.ts';

type DeliveryRow = Selectable<DeliveryTable>;
type SourcedRow = DeliveryRow & { readonly source: number };

/**
 * The deliveries of one message, from the three places that may hold a delivery
 * (`worker/rowless-deliveries.ts`): the message's list, its successful first attempt, or its own row, which
 * overrides the others. One statement reads all three, so that it can't miss a delivery that moves between
 * them.
 */
export async function deliveriesOf(
  db: Kysely<PhysicalDatabase>,
  list: <Row>(query: Compilable<Row>) => Promise<readonly Row[]>,
  applicationId: string,
  messageId: string,
): Promise<DeliveryRow[]> {
  const none = sql<number | null>`null`;
  const zero = sql<number>`0`;
  const rows = await list(
    db
      .selectFrom('message')
      .select([zero.as('source'), 'id as message_id', 'application_id'])
      .select('claimed_endpoint_ids as endpoint_id')
      .select([zero.as('state'), zero.as('attempt_count'), zero.as('schedule_step')])
      .select(['claimed_until as due_at', sql<number>`1`.as('claim_owner')])
      .where('application_id', '=', applicationId)
      .where('id', '=', messageId)
      .where('claimed_endpoint_ids', 'is not', null)
      .$castTo<SourcedRow>()
      .unionAll(
        db
          .selectFrom('attempt')
          .select([sql<number>`1`.as('source'), 'message_id', 'application_id', 'endpoint_id'])
          .select(({ fn }) => [
            sql<number>`1`.as('state'),
            fn.countAll<number>().as('attempt_count'),
            zero.as('schedule_step'),
          ])
          .select([none.as('due_at'), zero.as('claim_owner')])
          .where('message_id', '=', messageId)
          .groupBy(['message_id', 'application_id', 'endpoint_id'])
          .having(({ fn }) => fn.max('succeeded'), '=', 1)
          .$castTo<SourcedRow>(),
      )
      .unionAll(
        db
          .selectFrom('delivery')
          .select([sql<number>`2`.as('source'), 'message_id', 'application_id', 'endpoint_id'])
          .select(['state', 'attempt_count', 'schedule_step', 'due_at', 'claim_owner'])
          .where('message_id', '=', messageId)
          .$castTo<SourcedRow>(),
      )
      .orderBy('source'),
  );

  const deliveries = new Map<string, DeliveryRow>();
  for (const row of rows) {
    const endpointIds =
      row.source === 0 ? (JSON.parse(row.endpoint_id) as string[]) : [row.endpoint_id];
    for (const endpoint_id of endpointIds) deliveries.set(endpoint_id, { ...row, endpoint_id });
  }
  return [...deliveries.values()];
}
