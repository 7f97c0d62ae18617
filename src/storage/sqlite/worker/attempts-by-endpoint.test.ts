import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { migrateSqlite } from '../migrations/migrate.ts';
import { attemptsByEndpoint } from './attempts-by-endpoint.ts';
import type { AttemptsByEndpoint } from './attempts-by-endpoint.ts';

let folder: string;
let db: DatabaseSync;
let index: AttemptsByEndpoint;
let added: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'posthaste-attempts-'));
  migrateSqlite(join(folder, 'posthaste.db'));
  added = 0;
  open();
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

it('moves the tail of few endpoints in one part', () => {
  add(8_191, 50);
  expect(lengths()).toEqual({ index: 0, tail: 8_191 });
  add(1, 50);
  expect(lengths()).toEqual({ index: 8_192, tail: 0 });
});

it('lets the tail of many endpoints grow, and moves it in parts with later commits', () => {
  add(23_999, 3_000);
  expect(lengths()).toEqual({ index: 0, tail: 23_999 });
  add(1, 3_000);
  expect(lengths()).toEqual({ index: 0, tail: 24_000 });
  let before = 0;
  for (let part = 1; part <= 6; part++) {
    add(10, 3_000);
    const { index: moved } = lengths();
    expect(moved - before).toBeLessThanOrEqual(4_096);
    before = moved;
    expect(missing()).toBe(0);
  }
  // Attempts that came during the merge stay for the next one.
  expect(lengths()).toEqual({ index: 24_000, tail: 60 });
});

it('the tail never has more than 65,536 attempts', () => {
  add(65_535, 20_000);
  expect(lengths().index).toBe(0);
  add(1, 20_000);
  add(1, 20_000);
  expect(lengths().index).toBe(4_096);
});

it('continues a merge that a restart interrupted', () => {
  add(24_000, 3_000);
  add(1, 3_000);
  expect(lengths().index).toBe(4_096);
  db.close();
  open();
  expect(missing()).toBe(0);
  for (let part = 0; part < 8; part++) add(1, 3_000);
  expect(missing()).toBe(0);
  expect(lengths()).toMatchObject({ index: expect.any(Number), tail: expect.any(Number) });
  expect(lengths().index + lengths().tail).toBe(24_009);
});

function open(): void {
  db = new DatabaseSync(join(folder, 'posthaste.db'));
  index = attemptsByEndpoint(db);
}

/** Adds attempts to endpoints in turn, in one commit. */
function add(count: number, endpoints: number): void {
  db.exec('begin');
  for (let left = count; left > 0; left--) {
    index.add(`ep_${(added * 7_919) % endpoints}`, `atmpt_${added}`, 'msg_1');
    added++;
  }
  index.merge();
  db.exec('commit');
}

function lengths(): { index: number; tail: number } {
  const count = (table: string) =>
    Number(db.prepare(`select count(*) as n from ${table}`).get()?.['n']);
  return { index: count('attempt_by_endpoint'), tail: count('attempt_by_endpoint_tail') };
}

function missing(): number {
  const found = db
    .prepare(
      `select count(*) as n from
        (select id from attempt_by_endpoint union select id from attempt_by_endpoint_tail)`,
    )
    .get();
  return added - Number(found?.['n']);
}
