import type { Compilable, Kysely } from 'kysely';
import { sql } from 'kysely';
import { type Backlog, BACKLOG_COUNTED } from '../../storage.ts';
import type { PhysicalDatabase } from '../physical-schema.ts';

interface BacklogRow {
  readonly waiting: number;
  readonly oldest_due_at: number | null;
}

/** One seek for each endpoint with work, and an index read up to the limit of the count. */
export async function backlogOf(
  db: Kysely<PhysicalDatabase>,
  list: <Row>(query: Compilable<Row>) => Promise<readonly Row[]>,
): Promise<Backlog> {
  const [row] = await list<BacklogRow>({ compile: () => BACKLOG.compile(db) });
  return { waiting: row?.waiting ?? 0, oldestDueAt: row?.oldest_due_at ?? null };
}

// The first row of an endpoint in the index has the earliest due time.
const BACKLOG = sql<BacklogRow>`
  with recursive waiting (endpoint_id) as (
    select min(endpoint_id) from delivery where state = 0 and claim_owner = 0
    union all
    select (select min(d.endpoint_id) from delivery as d
      where d.state = 0 and d.claim_owner = 0 and d.endpoint_id > w.endpoint_id)
    from waiting as w where w.endpoint_id is not null
  )
  select
    (select count(*) from (
      select 1 from delivery where state = 0 and claim_owner = 0 limit ${sql.lit(BACKLOG_COUNTED)}
    )) as waiting,
    (select min((select min(d.due_at) from delivery as d
        where d.state = 0 and d.claim_owner = 0 and d.endpoint_id = w.endpoint_id))
      from waiting as w join endpoint as e on e.id = w.endpoint_id
      where e.disabled_at is null and e.paused_at is null and e.deleted_at is null) as oldest_due_at`;
