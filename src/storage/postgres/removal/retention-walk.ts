import { firstId } from '../../../domain/ids.ts';
import type { AllGroups, RetentionGroup } from '../../retention.ts';
import type { Send } from '../connection-pool.ts';
import { DAY_MS, dayOf, listPartitions } from '../partitions.ts';
import { owed } from './expunge.ts';

/** A message whose payload, attempts or row may have expired. */
export interface Found {
  readonly application_id: string;
  readonly id: string;
  readonly organization_id: string | null;
  readonly created_at: number;
  readonly owed: boolean;
}

/** The beginning of a query for such messages, up to its `where`. */
export function found(table: string): string {
  return `
    select m.application_id, m.id, m.created_at, ${owed('m.id')} as owed,
      ${ORGANIZATION_OF_M} as organization_id
    from posthaste.${table} as m`;
}

/** SQL for whether the message `m` belongs to a group; `members` gives the parameters. */
export function isOfGroup(organizationIds: string, areMembers: string): string {
  return `(coalesce(${ORGANIZATION_OF_M}, '') = any(${organizationIds}::text[])) = ${areMembers}::boolean`;
}

/** The organizations of a group, with true; for the first group, with false, the organizations of all others. */
export function members(
  group: RetentionGroup,
  [others, ...groups]: AllGroups,
): [organizationIds: readonly string[], areMembers: boolean] {
  if (group !== others) return [group.organizationIds, true];
  return [groups.flatMap(({ organizationIds }) => organizationIds), false];
}

export interface Walk {
  /** The name of the group that the walk is for. */
  readonly name: string;
  readonly what: 'payloads' | 'attempts' | 'messages';
  /** The walk ends with the day of this instant. */
  readonly before: number;
  readonly limit: number;
}

export interface Walked {
  readonly looked: number;
  readonly removed: number;
}

export const NOTHING: Walked = { looked: 0, removed: 0 };

/**
 * Continues after the mark of the walk, a day at a time, in the order of applications and ids. When it read any
 * message, it reports that it read `limit`: there may be more, on this day or the next.
 */
export async function walkDays(
  send: Send,
  { name, what, before, limit }: Walk,
  remove: (rows: readonly Found[]) => Promise<number>,
): Promise<Walked> {
  const mark = await markOf(send, name, what);
  let next = mark;
  let walked = NOTHING;
  for (const day of await daysOfMessages(send)) {
    if (day < mark.day) continue;
    if (day >= dayOf(before)) break;
    const from = day === mark.day ? mark : { application_id: '', message_id: '' };
    const bounds = [firstId('msg', day), firstId('msg', day + DAY_MS)];
    const values = [...bounds, from.application_id, from.message_id, limit];
    const text = what === 'payloads' ? WITHOUT_OWN_TIME : OF_DAY;
    const { rows } = await send<Found>({ text, values });
    const last = rows.at(-1);
    next =
      rows.length < limit || last === undefined
        ? { day: day + DAY_MS, application_id: '', message_id: '' }
        : { day, application_id: last.application_id, message_id: last.id };
    if (rows.length === 0) continue;
    walked = { looked: limit, removed: await remove(rows) };
    break;
  }
  if (next !== mark) {
    await send({
      name: 'retention-mark',
      text: `insert into posthaste.retention_mark (name, what, day, application_id, message_id)
        values ($1, $2, $3, $4, $5)
        on conflict (name, what) do update set
          day = excluded.day, application_id = excluded.application_id, message_id = excluded.message_id`,
      values: [name, what, next.day, next.application_id, next.message_id],
    });
  }
  return walked;
}

/** Deletes the marks of walks that are no longer used. */
export async function forgetOtherWalks(send: Send, names: readonly string[]): Promise<void> {
  await send({
    name: 'retention-forget-marks',
    text: 'delete from posthaste.retention_mark where name <> all($1::text[])',
    values: [names],
  });
}

async function markOf(send: Send, name: string, what: string): Promise<Mark> {
  const { rows } = await send<Mark>({
    name: 'retention-mark-of',
    text: `select day, application_id, message_id from posthaste.retention_mark
      where name = $1 and what = $2`,
    values: [name, what],
  });
  return rows[0] ?? { day: 0, application_id: '', message_id: '' };
}

interface Mark {
  readonly day: number;
  readonly application_id: string;
  readonly message_id: string;
}

/** The days that have a partition, so that no statement reads two partitions. */
async function daysOfMessages(send: Send): Promise<number[]> {
  const partitions = await listPartitions({ run: send });
  return partitions
    .filter(({ table }) => table === 'message')
    .flatMap(({ from, until }) =>
      Array.from({ length: Math.ceil((until - from) / DAY_MS) }, (_, nth) => from + nth * DAY_MS),
    );
}

const ORGANIZATION_OF_M = `(
      select a.organization_id from posthaste.application as a where a.id = m.application_id)`;

const ofDay = (condition: string) => `${found('message')}
  where m.id >= $1 and m.id < $2 and (m.application_id, m.id) > ($3, $4)${condition}
  order by m.application_id, m.id limit $5`;

const OF_DAY = ofDay('');
const WITHOUT_OWN_TIME = ofDay(' and m.expires_at is null');
