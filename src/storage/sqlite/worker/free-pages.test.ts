import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { giveBackPages } from './free-pages.ts';

/** A database with 1,700 pages, of which 1,600 are free. */
function database(autoVacuum: string): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  db.exec(`
    pragma page_size = 512;
    pragma auto_vacuum = ${autoVacuum};
    create table t (a blob);
    begin;
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 1700)
      insert into t select zeroblob(400) from n;
    delete from t where rowid <= 1600;
    commit`);
  return db;
}

const pages = (db: DatabaseSync) => db.prepare('pragma page_count').get()?.['page_count'];

it('gives free pages back, some hundreds at a time, and keeps a thousand', () => {
  const db = database('incremental');
  const giveBack = giveBackPages(db);
  const before = Number(pages(db));
  expect(giveBack()).toBe(true);
  expect(before - Number(pages(db))).toBeGreaterThanOrEqual(200);
  while (giveBack());
  const free = Number(db.prepare('pragma freelist_count').get()?.['freelist_count']);
  expect(free).toBeGreaterThan(900);
  expect(free).toBeLessThan(1_300);
  db.close();
});

it('does not change a file that cannot shrink', () => {
  const db = database('none');
  const before = pages(db);
  expect(giveBackPages(db)()).toBe(false);
  expect(pages(db)).toBe(before);
  db.close();
});
