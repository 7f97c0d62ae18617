import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../migrations/migrate.ts';
import { DueIndex } from './due-index.ts';
import { RowlessDeliveries } from './rowless-deliveries.ts';

const NOW = 1_000;

let db: DatabaseSync;
let index: DueIndex;
beforeEach(() => {
  db = new DatabaseSync(':memory:');
  migrate(db, ':memory:');
  index = new DueIndex(db, new RowlessDeliveries(db, 1, false, 0));
});

it('yields due endpoints, the longest due first, and tells the next due time', () => {
  addDelivery('ep_late', NOW + 50);
  addDelivery('ep_second', NOW - 1);
  addDelivery('ep_first', NOW - 2);
  expect(dueAt(NOW)).toEqual(['ep_first', 'ep_second']);
  expect(index.nextDueAt()).toBe(NOW + 50);
  expect(dueAt(NOW + 50)).toEqual(['ep_first', 'ep_second', 'ep_late']);
  expect(index.nextDueAt()).toBeNull();
});

it('moves a served endpoint behind all other due ones', () => {
  for (const [place, id] of ['ep_1', 'ep_2', 'ep_3'].entries()) {
    addDelivery(id, NOW - 9 + place);
    addDelivery(id, NOW - 3);
  }
  const turns: string[] = [];
  for (let turn = 0; turn < 4; turn++) {
    const [endpointId = ''] = index.due(NOW);
    turns.push(endpointId);
    claimFirst(endpointId);
    index.served(endpointId, NOW);
  }
  expect(turns).toEqual(['ep_1', 'ep_2', 'ep_3', 'ep_1']);
});

it('yields each endpoint once, even if it is still due after its turn', () => {
  for (const at of [1, 3, 5]) {
    addDelivery('ep_1', at);
    addDelivery('ep_2', at + 1);
  }
  const turns: string[] = [];
  for (const endpointId of index.due(NOW)) {
    turns.push(endpointId);
    claimFirst(endpointId);
    index.served(endpointId, NOW);
  }
  expect(turns).toEqual(['ep_1', 'ep_2']);
});

it('keeps the turn of an endpoint that was skipped', () => {
  addDelivery('ep_1', NOW - 6);
  addDelivery('ep_2', NOW - 5);
  expect(dueAt(NOW)).toEqual(['ep_1', 'ep_2']);
  addDelivery('ep_0', NOW - 9);
  expect(dueAt(NOW)).toEqual(['ep_1', 'ep_2', 'ep_0']);
});

it('forgets endpoints without work, and keeps those that are due later', () => {
  addDelivery('ep_1', NOW);
  addDelivery('ep_2', NOW);
  addDelivery('ep_2', NOW + 9);
  for (const endpointId of index.due(NOW)) {
    claimFirst(endpointId);
    index.served(endpointId, NOW);
  }
  expect(dueAt(NOW)).toEqual([]);
  expect(index.dueAt('ep_1')).toBeUndefined();
  expect(index.nextDueAt()).toBe(NOW + 9);
});

it('postpones an endpoint that turns out not to be due, also when the time went back', () => {
  addDelivery('ep_1', NOW);
  expect(dueAt(NOW)).toEqual(['ep_1']);
  expect(dueAt(NOW - 1)).toEqual([]);
  expect(index.nextDueAt()).toBe(NOW);
  expect(dueAt(NOW)).toEqual(['ep_1']);
});

it('is the same after a restart', () => {
  addDelivery('ep_1', NOW + 2);
  addDelivery('ep_1', NOW + 1);
  addDelivery('ep_2', NOW + 3);
  const next = new DueIndex(db, new RowlessDeliveries(db, 1, false, 0));
  expect(next.nextDueAt()).toBe(NOW + 1);
  expect([...next.due(NOW + 3)]).toEqual(['ep_1', 'ep_2']);
});

it('skips disabled endpoints until they are enabled, and deleted ones for ever', () => {
  addDelivery('ep_1', NOW);
  change('ep_1', 'disabled_at = 1');
  expect(dueAt(NOW)).toEqual([]);
  addDelivery('ep_1', NOW);
  expect(dueAt(NOW)).toEqual([]);
  change('ep_1', 'disabled_at = null');
  expect(dueAt(NOW)).toEqual(['ep_1']);
  change('ep_1', 'deleted_at = 1');
  expect(dueAt(NOW)).toEqual([]);
  expect([...index.orphans]).toEqual(['ep_1']);
});

describe('an endpoint that becomes ordered', () => {
  const WAITING = 1_200;
  const FIRST = 'msg_waiting_0000';
  beforeEach(() => {
    // The message that was published first is due last.
    for (let n = 0; n < WAITING; n++) {
      addDelivery('ep_1', NOW - n, `msg_waiting_${String(n).padStart(4, '0')}`);
    }
    change('ep_1', 'ordered = 1', true);
  });

  it('has nothing due until all deliveries that waited are in order, a part at a time', () => {
    expect(unmarkedCount()).toBe(WAITING - 500);
    addDelivery('ep_2', NOW);
    expect(dueAt(NOW)).toEqual(['ep_2']);
    expect(index.markOrdered(500)).toBe(500);
    expect(unmarkedCount()).toBe(WAITING - 1_000);
    expect(dueAt(NOW)).toEqual(['ep_2']);
    expect(index.markOrdered(500)).toBe(200);
    expect(unmarkedCount()).toBe(0);
    expect(dueAt(NOW)).toEqual(['ep_2', 'ep_1']);
    expect(index.dueAt('ep_1')).toBe(NOW);
    expect(index.markOrdered(500)).toBe(0);
  });

  it('goes on after a restart', () => {
    index.markOrdered(100);
    index = new DueIndex(db, new RowlessDeliveries(db, 1, false, 0));
    expect(dueAt(NOW)).toEqual([]);
    index.markOrdered(WAITING + 1);
    expect(unmarkedCount()).toBe(0);
    expect(index.dueAt('ep_1')).toBe(NOW);
    const next = new DueIndex(db, new RowlessDeliveries(db, 1, false, 0));
    expect(next.dueAt('ep_1')).toBe(NOW);
    expect(next.markOrdered(1)).toBe(0);
  });

  it('has them due when it stops being ordered, and again only in order when it becomes so again', () => {
    change('ep_1', 'ordered = 0', true);
    expect(index.dueAt('ep_1')).toBe(NOW - WAITING + 1);
    expect(index.markOrdered(500)).toBe(0);
    claimFirst('ep_1');
    change('ep_1', 'ordered = 1', true);
    db.exec(`update delivery set claim_owner = 0, due_at = ${NOW - 5} where claim_owner > 0`);
    expect(index.dueAt('ep_1')).toBeUndefined();
    index.markOrdered(WAITING);
    expect(unmarkedCount()).toBe(0);
    const head = db.prepare(`select message_id from delivery indexed by delivery_ordered
      where state = 0 and ordered = 1 and endpoint_id = 'ep_1' order by message_id`);
    expect(head.get()).toEqual({ message_id: FIRST });
  });

  it('takes turns with others, and has nothing left to do when it is deleted', () => {
    for (let n = 0; n < WAITING; n++) addDelivery('ep_2', NOW);
    change('ep_2', 'ordered = 1', true);
    index.markOrdered(400);
    index.markOrdered(400);
    expect(unmarkedCount()).toBe(2 * WAITING - 1_800);
    change('ep_1', 'deleted_at = 1');
    expect(index.markOrdered(WAITING)).toBe(300);
    expect([...index.orphans]).toEqual(['ep_1']);
  });

  function unmarkedCount(): unknown {
    const row = db
      .prepare(
        `select count(*) as count from delivery where state = 0 and ordered = 0
          and endpoint_id in (select id from endpoint where ordered = 1)`,
      )
      .get();
    return row?.['count'];
  }
});

it('keeps ten thousand endpoints in the order of their due times', () => {
  for (let n = 0; n < 10_000; n++) addDelivery(`ep_${n}`, NOW + 1 + ((n * 7919) % 10_000));
  expect(index.nextDueAt()).toBe(NOW + 1);
  const order = dueAt(NOW + 10_000).map((endpointId) => index.dueAt(endpointId) ?? 0);
  expect(order).toHaveLength(10_000);
  expect(order).toEqual(order.toSorted((one, two) => one - two));
});

function dueAt(now: number): string[] {
  return [...index.due(now)];
}

let messages = 0;

function addDelivery(endpointId: string, dueAt: number, messageId = `msg_${++messages}`): void {
  db.prepare(
    `insert or ignore into endpoint
       (id, organization_id, application_id, url, description, metadata, headers, secrets, ordered,
        policy, failed_count, created_at, updated_at)
     values (?, 'org', 'app', '', '', '', '', '', 0, '', 0, 0, 0)`,
  ).run(endpointId);
  db.prepare('insert into delivery values (?, ?, ?, 0, 0, 0, 0, ?, 0, 0)').run(
    messageId,
    endpointId,
    'app',
    dueAt,
  );
  index.added(endpointId, dueAt);
}

function claimFirst(endpointId: string): void {
  db.prepare(
    `update delivery set claim_owner = 1, due_at = 99999 where (message_id, endpoint_id) in
      (select message_id, endpoint_id from delivery
       where endpoint_id = ? and claim_owner = 0 order by due_at limit 1)`,
  ).run(endpointId);
}

function change(endpointId: string, set: string, orderChanged = false): void {
  db.exec(`update endpoint set ${set} where id = '${endpointId}'`);
  index.endpointChanged(endpointId, orderChanged);
}
