import { DatabaseSync } from 'node:sqlite';
import { beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../../domain/clock.ts';
import { createIds } from '../../../domain/ids.ts';
import { RowlessDeliveries } from './rowless-deliveries.ts';
import { migrate } from '../migrations/migrate.ts';

const UNTIL = 5_000;

let db: DatabaseSync;
beforeEach(() => {
  db = new DatabaseSync(':memory:');
  migrate(db, ':memory:');
});

it('is unchanged when the same process opens the database again', () => {
  const before = new RowlessDeliveries(db, 7, false, 0);
  accept(before, 'msg_1', UNTIL, ['ep_1', 'ep_2', 'ep_3']);
  accept(before, 'msg_2', UNTIL + 1, ['ep_1']);
  expect(before.delivered('msg_1', 'ep_1')).toBe(true);
  recordSuccess('msg_1', 'ep_1');
  before.materialize('msg_1', 'ep_2');

  const after = new RowlessDeliveries(db, 7, true, UNTIL - 1);
  expect(after.firstEnd()).toBe(UNTIL);
  expect(after.delivered('msg_1', 'ep_1')).toBe(false);
  expect(after.delivered('msg_1', 'ep_2')).toBe(false);
  expect(after.delivered('msg_1', 'ep_3')).toBe(true);
  expect(after.firstEnd()).toBe(UNTIL + 1);
  expect(deliveries()).toEqual([['msg_1', 'ep_2', 7, UNTIL]]);
});

it('makes claimed deliveries of a process that is gone due at once', () => {
  const gone = new RowlessDeliveries(db, 7, false, 0);
  accept(gone, 'msg_1', UNTIL, ['ep_1', 'ep_2']);
  gone.delivered('msg_1', 'ep_1');
  recordSuccess('msg_1', 'ep_1');
  accept(gone, 'msg_2', 10, ['ep_1']);

  const expected = [
    ['msg_1', 'ep_2', 0, 100],
    ['msg_2', 'ep_1', 0, 10],
  ];
  const next = new RowlessDeliveries(db, 8, false, 100);
  expect(next.firstEnd()).toBe(Infinity);
  expect(deliveries()).toEqual(expected);
  // The next start finds nothing more.
  db.exec('delete from delivery');
  expect(new RowlessDeliveries(db, 9, false, 100).firstEnd()).toBe(Infinity);
  expect(deliveries()).toEqual([]);
});

it('finds an open delivery among thousands of concluded ones after a restart, and reads few of these', () => {
  const claims = new RowlessDeliveries(db, 7, false, 0);
  for (let n = 0; n < 30_000; n++) {
    accept(claims, `msg_${n}`, UNTIL, ['ep_1']);
    // One delivery stays open.
    if (n !== 20_000) claims.delivered(`msg_${n}`, 'ep_1');
    claims.advanceScanStart();
  }
  expect(deliveries()).toEqual([]);
  expect(scanStart()).toBeGreaterThan(15_000);
  expect(scanStart()).toBeLessThanOrEqual(20_001);

  // The successes were not recorded, so every message that is read counts as open.
  expect(new RowlessDeliveries(db, 8, false, 0).firstEnd()).toBe(Infinity);
  const open = deliveries().map(([messageId]) => messageId);
  expect(open).toContain('msg_20000');
  expect(open.length).toBeLessThan(15_000);
});

it('gives a row to a delivery that is left far behind', () => {
  const claims = new RowlessDeliveries(db, 7, false, 0);
  accept(claims, 'msg_slow', UNTIL, ['ep_1', 'ep_2']);
  claims.delivered('msg_slow', 'ep_1');
  for (let n = 0; n < 30_000; n++) {
    accept(claims, `msg_${n}`, UNTIL, ['ep_1']);
    claims.delivered(`msg_${n}`, 'ep_1');
    claims.advanceScanStart();
  }
  expect(deliveries()).toEqual([['msg_slow', 'ep_2', 7, UNTIL]]);
  expect(claims.delivered('msg_slow', 'ep_2')).toBe(false);
  expect(scanStart()).toBeGreaterThan(20_000);
});

it('gives no rows to messages that follow one another', () => {
  const claims = new RowlessDeliveries(db, 7, false, 0);
  const ids = createIds({ ...systemClock, now: () => 0 });
  for (let n = 0; n < 10_000; n++) accept(claims, ids.next('msg'), UNTIL, ['ep_1']);
  expect(deliveries()).toEqual([]);
});

it('distinguishes messages whose ids have the same end', () => {
  const claims = new RowlessDeliveries(db, 7, false, 0);
  accept(claims, 'msg_a12345', UNTIL, ['ep_1']);
  accept(claims, 'msg_b12345', UNTIL, ['ep_1', 'ep_2']);
  expect(claims.delivered('msg_b12345', 'ep_1')).toBe(false);
  claims.materialize('msg_b12345', 'ep_1');
  expect(deliveries()).toEqual([
    ['msg_b12345', 'ep_1', 7, UNTIL],
    ['msg_b12345', 'ep_2', 7, UNTIL],
  ]);
  expect(claims.delivered('msg_a12345', 'ep_1')).toBe(true);
});

function accept(
  claims: RowlessDeliveries,
  id: string,
  until: number,
  endpointIds: readonly string[],
): void {
  const { lastInsertRowid } = db
    .prepare(
      `insert into message
         (application_id, id, organization_id, event_type, created_at, payload,
          claimed_endpoint_ids, claimed_until)
       values ('app_1', ?, 'org_1', 'a', 0, '{}', ?, ?)`,
    )
    .run(id, JSON.stringify(endpointIds), until);
  claims.add(Number(lastInsertRowid), id, 'app_1', until, endpointIds);
}

function recordSuccess(messageId: string, endpointId: string): void {
  db.prepare(
    `insert into attempt values (?, 'atmpt_1', ?, 'app_1', 1, 0, '', 0, 1, 1, null, '', 200, '', null)`,
  ).run(messageId, endpointId);
}

function scanStart(): number {
  return Number(db.prepare('select seq from rowless_scan_start').get()?.['seq']);
}

function deliveries(): unknown[][] {
  return db
    .prepare('select message_id, endpoint_id, claim_owner, due_at from delivery order by 1, 2')
    .all()
    .map((row) => Object.values(row));
}
