import { KEY_LIFETIME_MS, NEVER } from '../postgres/verbs/accept.ts';

/** Rows of the source that become rows of one table of the target. */
export interface CopiedPart {
  /** Identifies the part in the marks of the progress; must never change while copies may be interrupted. */
  readonly name: string;
  /** The table of the target. */
  readonly table: string;
  /** A table of the source, or a query: its columns are those of the target. */
  readonly from: string;
  /** Columns that order the rows, and by which an interrupted copy continues. */
  readonly key: readonly string[];
  /** Columns of the source that the target does not have. */
  readonly without?: readonly string[];
}

/** How instants of the source are converted for the target. */
export interface CopiedTimes {
  readonly claimsEndAt: number;
  readonly aheadMs: number;
}

/** Tables of the source that are not copied: the target makes their rows itself, or needs none. */
export const LEFT_BEHIND: readonly string[] = [
  'attempt_by_endpoint',
  'attempt_by_endpoint_tail',
  'message_tag',
  'owner',
  // Retention checks all copied messages from the beginning.
  'retention_mark',
  'rowless_scan_start',
  'schema_version',
];

/** Tables whose form differs between the backends. All other tables are copied column by column. */
export const TRANSFORMED: readonly string[] = ['delivery', 'idempotency_key', 'message'];

/**
 * Deliveries are copied last, because their rows depend on other copied tables. Endpoints come before their
 * deliveries, because the insert of an ordered endpoint creates its order.
 */
export function transformedParts({ claimsEndAt, aheadMs }: CopiedTimes): CopiedPart[] {
  return [
    {
      name: 'message',
      table: 'message',
      from: 'select *, length(payload) + coalesce(length(headers), 0) as payload_chars from message',
      key: ['seq'],
      without: ['seq', 'claimed_endpoint_ids', 'claimed_until'],
    },
    {
      name: 'uid',
      table: 'message_key',
      from: `select application_id, 'uid' as kind, uid as key, id as message_id, ${NEVER} as expires_at
        from message where uid is not null`,
      key: ['application_id', 'key'],
    },
    {
      name: 'idempotency_key',
      table: 'message_key',
      from: `select application_id, 'idempotencyKey' as kind, key, message_id,
          created_at + ${KEY_LIFETIME_MS} as expires_at
        from idempotency_key`,
      key: ['application_id', 'key'],
    },
    {
      name: 'settled_delivery',
      table: 'settled_delivery',
      // Delivered deliveries are left out: their successful attempt is the record.
      from: `select message_id, endpoint_id, application_id, state, schedule_step from delivery as d
        where state > 1 or (state = 1 and not exists (select 1 from attempt as a
          where a.message_id = d.message_id and a.endpoint_id = d.endpoint_id and a.succeeded = 1))`,
      key: ['message_id', 'endpoint_id'],
    },
    {
      name: 'delivery',
      table: 'delivery',
      // Place 0, in the order of publication, like deliveries that wait when an endpoint becomes ordered.
      from: `select message_id, endpoint_id, application_id, shard_of(endpoint_id) as shard,
          iif(claim_owner = 0, due_at, min(due_at, ${claimsEndAt})) + ${aheadMs} as due_at,
          0 as claim_owner,
          (select 0 from endpoint as e where e.id = endpoint_id and e.ordered = 1) as sequence,
          attempt_count, schedule_step, trigger
        from delivery where state = 0`,
      key: ['message_id', 'endpoint_id'],
    },
    {
      name: 'rowless_delivery',
      table: 'delivery',
      // Rowless deliveries: they wait for their first attempt (`sqlite/worker/rowless-deliveries.ts`).
      from: `select m.seq, m.id as message_id, listed.value as endpoint_id, m.application_id,
          shard_of(listed.value) as shard,
          min(m.claimed_until, ${claimsEndAt}) + ${aheadMs} as due_at,
          0 as claim_owner,
          (select 0 from endpoint as e where e.id = listed.value and e.ordered = 1) as sequence,
          0 as attempt_count, 0 as schedule_step, 0 as trigger
        from message as m, json_each(m.claimed_endpoint_ids) as listed
        where m.seq >= (select seq from rowless_scan_start)
          and not exists (select 1 from attempt as a
            where a.message_id = m.id and a.endpoint_id = listed.value)
          and not exists (select 1 from delivery as d
            where d.message_id = m.id and d.endpoint_id = listed.value)`,
      key: ['seq', 'endpoint_id'],
      without: ['seq'],
    },
  ];
}
