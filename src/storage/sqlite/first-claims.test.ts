import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { FirstClaims } from './first-claims.ts';
import { migrate } from './migrations.ts';

const UNTIL = 5_000;

it('goes on as it was when the same owner opens the database again', () => {
  const db = open();
  const before = new FirstClaims(db, 7, 0);
  before.add('msg_1', 'app_1', UNTIL, ['ep_1', 'ep_2', 'ep_3']);
  before.add('msg_2', 'app_1', UNTIL + 1, ['ep_1']);
  expect(before.delivered('msg_1', 'ep_1')).toBe(true);
  recordSuccess(db, 'msg_1', 'ep_1');
  before.giveRow('msg_1', 'ep_2');

  const after = new FirstClaims(db, 7, UNTIL - 1);
  expect(after.firstEnd()).toBe(UNTIL);
  expect(after.delivered('msg_1', 'ep_1')).toBe(false);
  expect(after.delivered('msg_1', 'ep_2')).toBe(false);
  expect(after.delivered('msg_1', 'ep_3')).toBe(true);
  expect(after.firstEnd()).toBe(UNTIL + 1);
  expect(claimedMessages(db)).toEqual(['msg_2']);
  expect(deliveries(db)).toEqual([['msg_1', 'ep_2', 7, UNTIL]]);
});

it('makes what an owner that is gone had claimed due at once', () => {
  const db = open();
  const gone = new FirstClaims(db, 7, 0);
  gone.add('msg_1', 'app_1', UNTIL, ['ep_1', 'ep_2']);
  gone.delivered('msg_1', 'ep_1');
  recordSuccess(db, 'msg_1', 'ep_1');
  gone.add('msg_2', 'app_1', 10, ['ep_1']);

  const next = new FirstClaims(db, 8, 100);
  expect(next.firstEnd()).toBe(Infinity);
  expect(claimedMessages(db)).toEqual([]);
  expect(deliveries(db)).toEqual([
    ['msg_1', 'ep_2', 0, 100],
    ['msg_2', 'ep_1', 0, 10],
  ]);
});

function open(): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  migrate(db, ':memory:');
  return db;
}

function recordSuccess(db: DatabaseSync, messageId: string, endpointId: string): void {
  db.prepare(
    `insert into attempt values (?, 'atmpt_1', ?, 'app_1', 1, 0, '', 0, 1, 1, null, '', 200, '')`,
  ).run(messageId, endpointId);
}

function claimedMessages(db: DatabaseSync): unknown[] {
  return db
    .prepare('select message_id from first_claim order by message_id')
    .all()
    .map((row) => row['message_id']);
}

function deliveries(db: DatabaseSync): unknown[] {
  return db
    .prepare('select message_id, endpoint_id, claim_owner, due_at from delivery order by 1, 2')
    .all()
    .map((row) => Object.values(row));
}
