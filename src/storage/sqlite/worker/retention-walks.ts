import { type AllGroups, type RetentionGroup, groupFinder } from '../../retention.ts';
import type { SessionState } from './verbs/verb.ts';

/** Returns a function for the retention group of a message. */
export function groupsOfMessages({ db }: Pick<SessionState, 'db'>) {
  const organizationOf = db.prepare('select organization_id from application where id = ?');
  return (all: AllGroups) => {
    const [others, ...groups] = all;
    const groupOf = groupFinder(all);
    const known = new Map<string, RetentionGroup>();
    return ({ applicationId }: { readonly applicationId: string }): RetentionGroup => {
      if (groups.length === 0) return others;
      let group = known.get(applicationId);
      if (group === undefined) {
        const organizationId = String(organizationOf.get(applicationId)?.['organization_id']);
        known.set(applicationId, (group = groupOf(organizationId)));
      }
      return group;
    };
  };
}

interface Marks {
  readonly payloads: number;
  readonly attempts: number;
}

/** For each group, the message up to which payloads, and attempts, were checked. */
export function retentionMarks({ db }: Pick<SessionState, 'db'>) {
  const read = db.prepare('select payloads, attempts from retention_mark where name = ?');
  const write = db.prepare(`
    insert into retention_mark (name, payloads, attempts) values (?, ?, ?)
    on conflict (name) do update set payloads = excluded.payloads, attempts = excluded.attempts`);
  const forget = db.prepare(`
    delete from retention_mark where name not in (select value from json_each(?))`);
  return {
    of(name: string): Marks {
      const row = read.get(name) ?? {};
      return { payloads: Number(row['payloads'] ?? 0), attempts: Number(row['attempts'] ?? 0) };
    },
    set: (name: string, { payloads, attempts }: Marks) => write.run(name, payloads, attempts),
    keepOnly: (names: readonly string[]) => forget.run(JSON.stringify(names)),
  };
}

/**
 * For each group, the position of its walk along the messages. Messages left before the position are owed, or
 * belong to another group. While few can be left, every round begins at the first message; otherwise one round
 * a day does.
 */
export function messageRounds() {
  let marks = new Map<string, number>();
  let beganAt = 0;
  return {
    mark: (name: string) => marks.get(name) ?? 0,
    reached: (name: string, mark: number) => marks.set(name, mark),
    end(groups: readonly unknown[], now: number): void {
      if (groups.length > 1 && now >= beganAt && now < beganAt + DAY_MS) return;
      marks = new Map();
      beganAt = now;
    },
  };
}

const DAY_MS = 24 * 60 * 60 * 1000;
