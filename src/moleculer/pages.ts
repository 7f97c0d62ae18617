import type { ListOptions, ListOut } from '../operations/operations.ts';

const PAGE = 250;

/** All pages of a list, in its order. */
export async function* pages<T>(
  read: (options: ListOptions) => Promise<ListOut<T>>,
  after: string | null = null,
): AsyncGenerator<T[]> {
  for (let iterator = after; ;) {
    const page = await read({ limit: PAGE, iterator });
    if (page.data.length > 0) yield page.data;
    if (page.done || page.iterator === null) return;
    iterator = page.iterator;
  }
}
