import type { Statement } from '../connection-pool.ts';
import { textArray } from '../binary-array.ts';
import type { DueHint } from '../verbs/record.ts';
import { DUE_CHANNEL } from './session.ts';

/** The server takes fewer than 8,000 bytes. */
const NOTICE_BYTES = 7_500;

/** Packs the hints (the earliest due time of each endpoint) into as few notices as possible. */
export function dueNotices(hints: Iterable<DueHint>): string[] {
  const entries = [...earliestOf(hints)].map(
    ([endpointId, dueAt]) => `${endpointId} ${dueAt ?? ''}`,
  );
  return asNotices(entries);
}

/** Packs lines into as few notices as possible. */
export function asNotices(entries: readonly string[]): string[] {
  const notices: string[] = [];
  let notice = '';
  for (const entry of entries) {
    if (notice.length + entry.length + 1 > NOTICE_BYTES) {
      notices.push(notice);
      notice = '';
    }
    notice += notice === '' ? entry : `\n${entry}`;
  }
  if (notice !== '') notices.push(notice);
  return notices;
}

/** A part of a larger statement: sends the notices when its transaction commits. */
export const sendingNotices = (parameter: number): string =>
  `(select count(pg_notify('${DUE_CHANNEL}', notice)) from unnest($${parameter}::text[]) as notice)`;

export function noticeStatement(notices: readonly string[]): Statement {
  return {
    name: 'notices',
    text: `select ${sendingNotices(1)}`,
    values: [textArray(notices)],
  };
}

export function hintsOf(notice: string): DueHint[] {
  return notice.split('\n').map((entry) => {
    const [endpoint_id = '', dueAt = ''] = entry.split(' ');
    return { endpoint_id, due_at: dueAt === '' ? null : Number(dueAt) };
  });
}

function earliestOf(hints: Iterable<DueHint>): Map<string, number | null> {
  const earliest = new Map<string, number | null>();
  for (const { endpoint_id, due_at } of hints) {
    const known = earliest.get(endpoint_id);
    if (known === undefined) earliest.set(endpoint_id, due_at);
    else if (known !== null) {
      earliest.set(endpoint_id, due_at === null ? null : Math.min(known, due_at));
    }
  }
  return earliest;
}
