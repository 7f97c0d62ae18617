import { expect, it } from 'vitest';
import type { Page, PageRequest } from '../storage.ts';
import { filteredPage } from './filtered-page.ts';
import type { FilteredList } from './filtered-page.ts';
import type { IdRange } from './id-range.ts';
import type { Slice } from './paging.ts';

const LIMITS = { rowsPerStatement: 10, rowsPerPage: 30 };
const IDS = Array.from({ length: 100 }, (_, n) => `id_${String(n).padStart(2, '0')}`);

/** A list of a hundred ids, of which a few pass the filter. */
function listOf(passing: readonly string[], range: IdRange = { from: null, to: null }) {
  const asked = { rows: 0, longestWindow: 0 };
  const within = ({ bound, direction, end }: Slice) => {
    const ids = IDS.filter(
      (id) =>
        (bound === null || (bound.compare === '>' ? id > bound.id : id < bound.id)) &&
        (end === null || (direction === 'asc' ? id <= end : id >= end)),
    );
    return direction === 'asc' ? ids : ids.toReversed();
  };
  const list: FilteredList<string> = {
    idBehind: async (slice, count) => within(slice)[count - 1] ?? null,
    range,
    async rows(slice) {
      const window = within(slice);
      asked.rows += window.length;
      asked.longestWindow = Math.max(asked.longestWindow, window.length);
      return window.filter((id) => passing.includes(id)).slice(0, slice.limit);
    },
  };
  const read = (page: PageRequest): Promise<Page<string>> =>
    filteredPage(page, list, (id) => id, LIMITS);
  return { read, asked };
}

it('reads on until the page is full', async () => {
  const { read, asked } = listOf(['id_05', 'id_15', 'id_16', 'id_25']);
  expect(await read({ limit: 2, order: 'ascending' })).toEqual({
    data: ['id_05', 'id_15'],
    done: false,
  });
  expect(asked).toEqual({ rows: 20, longestWindow: 10 });
});

it('cuts a page that would take too long, and says where to go on', async () => {
  const { read, asked } = listOf(['id_12', 'id_77']);
  const page = { limit: 5, order: 'ascending' } as const;
  expect(await read(page)).toEqual({ data: ['id_12'], done: false, cutAt: { after: 'id_29' } });
  expect(asked.rows).toBe(30);
  expect(await read({ ...page, after: 'id_29' })).toEqual({
    data: [],
    done: false,
    cutAt: { after: 'id_59' },
  });
  expect(await read({ ...page, after: 'id_59' })).toEqual({
    data: ['id_77'],
    done: false,
    cutAt: { after: 'id_89' },
  });
  expect(await read({ ...page, after: 'id_89' })).toEqual({ data: [], done: true });
});

it('goes on in the direction of reading, also backwards', async () => {
  const { read } = listOf(['id_12', 'id_77', 'id_78']);
  const page = { limit: 5, order: 'descending' } as const;
  expect(await read(page)).toEqual({
    data: ['id_78', 'id_77'],
    done: false,
    cutAt: { after: 'id_70' },
  });
  expect(await read({ ...page, before: 'id_60' })).toEqual({
    data: ['id_78', 'id_77'],
    done: false,
    cutAt: { before: 'id_90' },
  });
  expect(await read({ ...page, before: 'id_90' })).toEqual({ data: [], done: true });
});

it('is done when the last window contains the last rows', async () => {
  const { read } = listOf(['id_97']);
  expect(await read({ limit: 5, order: 'ascending', after: 'id_75' })).toEqual({
    data: ['id_97'],
    done: true,
  });
});

it('reads no rows outside the range of ids, in either order, from wherever the page begins', async () => {
  const { read, asked } = listOf(['id_05', 'id_51', 'id_77'], { from: 'id_49', to: 'id_54' });
  const found = { data: ['id_51'], done: true };
  expect(await read({ limit: 5, order: 'ascending' })).toEqual(found);
  expect(await read({ limit: 5, order: 'descending' })).toEqual(found);
  expect(await read({ limit: 5, order: 'ascending', after: 'id_03' })).toEqual(found);
  expect(await read({ limit: 5, order: 'ascending', before: 'id_90' })).toEqual(found);
  expect(asked.rows).toBe(20);
  expect(await read({ limit: 5, order: 'ascending', after: 'id_52' })).toEqual({
    data: [],
    done: true,
  });
  expect(await read({ limit: 5, order: 'descending', after: 'id_50' })).toEqual({
    data: [],
    done: true,
  });
});
