import { expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { editNewest } from './edit-newest.ts';

const clock = new ManualClock(1_000);

/** A row that another process changes before each of the first `othersEdits` writes. */
function sharedRow(othersEdits: number) {
  let row = { count: 0, by: 'nobody', updatedAt: 5_000 };
  return {
    get row() {
      return row;
    },
    edit: () =>
      editNewest({
        clock,
        find: async () => row,
        apply: (found) => ({ ...found, by: 'us' }),
        async update(edited, found) {
          if (othersEdits-- > 0)
            row = { ...row, count: row.count + 1, updatedAt: row.updatedAt + 1 };
          if (row.updatedAt !== found.updatedAt) return false;
          row = edited;
          return true;
        },
      }),
  };
}

test('keeps changes that another process made between the read and the write', async () => {
  const shared = sharedRow(3);
  await shared.edit();
  expect(shared.row).toMatchObject({ count: 3, by: 'us' });
});

test('moves the time of the change forward, even if the clock is behind', async () => {
  expect((await sharedRow(0).edit()).updatedAt).toBe(5_001);
});

test('gives up when others change the row again and again', async () => {
  const shared = sharedRow(Infinity);
  await expect(shared.edit()).rejects.toMatchObject({ code: 'conflict' });
  expect(shared.row.by).toBe('nobody');
});
