import type { DatabaseSync } from 'node:sqlite';

// With few endpoints a longer tail saves nothing, and each list of attempts reads the whole tail.
const SHORTEST_TAIL = 8_192;
// A list reads such a tail in some milliseconds.
const LONGEST_TAIL = 65_536;
const ROWS_PER_ENDPOINT = 8;
// Merging this many rows makes a commit some milliseconds longer.
const MERGED_AT_ONCE = 4_096;

export interface AttemptsByEndpoint {
  add(endpointId: string, id: string, messageId: string): void;
  /** Merges a long tail, a part at a time. Must be called once in each call that added attempts. */
  merge(): void;
  /** Removes the entries of these messages, whose attempts were deleted. */
  forget(messageIds: readonly string[]): void;
}

/**
 * The index of attempts by endpoint. The rows of an endpoint lie together, so a commit whose attempts went to
 * many endpoints would write as many pages. New rows therefore wait in an unordered table, the tail, and move
 * to the index in its order once there are several for each endpoint. A tail of many endpoints is long: it is
 * sorted into a temporary table, and parts of that move with the following commits.
 *
 * Invariant: every attempt is in the index, in the tail, or, while a merge is under way, in both.
 */
export function attemptsByEndpoint(db: DatabaseSync): AttemptsByEndpoint {
  db.exec(`
    create temp table sorted_tail (
      position integer primary key,
      endpoint_id text not null,
      id text not null,
      message_id text not null
    ) strict`);
  const insert = db.prepare(
    'insert into attempt_by_endpoint_tail (endpoint_id, id, message_id) values (?, ?, ?)',
  );
  const moveAll = db.prepare(`
    insert into attempt_by_endpoint (endpoint_id, id, message_id)
    select endpoint_id, id, message_id from attempt_by_endpoint_tail order by endpoint_id, id
    on conflict do nothing`);
  const sort = db.prepare(`
    insert into sorted_tail (endpoint_id, id, message_id)
    select endpoint_id, id, message_id from attempt_by_endpoint_tail order by endpoint_id, id`);
  // `on conflict`: after a restart during a merge, some rows have moved already.
  const moveSome = db.prepare(`
    insert into attempt_by_endpoint (endpoint_id, id, message_id)
    select endpoint_id, id, message_id from sorted_tail where position between ? and ?
    order by position
    on conflict do nothing`);
  const lastRowId = db.prepare('select max(rowid) as last from attempt_by_endpoint_tail');
  const forget = db.prepare('delete from attempt_by_endpoint_tail where rowid <= ?');
  const forgetAll = db.prepare('delete from attempt_by_endpoint_tail');
  const ofMessages = 'message_id in (select value from json_each(?))';
  const forgetMessages = db.prepare(`delete from attempt_by_endpoint_tail where ${ofMessages}`);
  const forgetMessagesSorted = db.prepare(`delete from sorted_tail where ${ofMessages}`);
  const forgetSorted = db.prepare('delete from sorted_tail');

  let length = 0;
  let endpoints = new Set<string>();
  let merging: Merge | null = null;
  /** The oldest message with an attempt in the tail. */
  let oldestMessage = LAST;
  /** The oldest message with an attempt that was added since the merge began. */
  let oldestBehind = LAST;
  for (const row of db
    .prepare('select endpoint_id, message_id from attempt_by_endpoint_tail')
    .iterate()) {
    endpoints.add(String(row['endpoint_id']));
    const messageId = String(row['message_id']);
    if (messageId < oldestMessage) oldestMessage = messageId;
    length++;
  }

  function isLong(): boolean {
    const wanted = Math.max(SHORTEST_TAIL, ROWS_PER_ENDPOINT * endpoints.size);
    return length >= Math.min(wanted, LONGEST_TAIL);
  }

  function begin(): void {
    endpoints = new Set();
    if (length < 2 * SHORTEST_TAIL) {
      moveAll.run();
      forgetAll.run();
      length = 0;
      oldestMessage = LAST;
      return;
    }
    sort.run();
    oldestBehind = LAST;
    merging = { count: length, moved: 0, lastRowId: Number(lastRowId.get()?.['last']) };
  }

  function moveNext(merge: Merge): void {
    const end = merge.moved + MERGED_AT_ONCE;
    moveSome.run(merge.moved + 1, end);
    merge.moved = end;
    if (end < merge.count) return;
    length -= Number(forget.run(merge.lastRowId).changes);
    forgetSorted.run();
    oldestMessage = oldestBehind;
    merging = null;
  }

  return {
    add(endpointId, id, messageId) {
      insert.run(endpointId, id, messageId);
      endpoints.add(endpointId);
      if (messageId < oldestMessage) oldestMessage = messageId;
      if (messageId < oldestBehind) oldestBehind = messageId;
      length++;
    },
    forget(messageIds) {
      if (messageIds.every((id) => id < oldestMessage)) return;
      const list = JSON.stringify(messageIds);
      length -= Number(forgetMessages.run(list).changes);
      if (merging !== null) forgetMessagesSorted.run(list);
    },
    merge() {
      if (merging !== null) moveNext(merging);
      else if (isLong()) begin();
    },
  };
}

/** Sorts after every id. */
const LAST = '~';

interface Merge {
  /** Rows of the tail that were sorted. */
  readonly count: number;
  moved: number;
  /** Rows after this one were added later and stay in the tail. */
  readonly lastRowId: number;
}
