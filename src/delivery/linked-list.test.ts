import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Linked, LinkedList } from './linked-list.ts';

class Item implements Linked<Item> {
  previous: Item | null = null;
  next: Item | null = null;
}

test('contains the same items as a Set, in the same order', () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 7 })), { maxLength: 60 });
  fc.assert(
    fc.property(steps, (given) => {
      const items = Array.from({ length: 8 }, () => new Item());
      const list = new LinkedList<Item>();
      const set = new Set<Item>();
      for (const [adds, place] of given) {
        const item = items[place] as Item;
        if (adds && !set.has(item)) {
          list.add(item);
          set.add(item);
        } else {
          list.delete(item);
          set.delete(item);
        }
        expect(list.toArray()).toEqual([...set]);
        expect(list.size).toBe(set.size);
        expect(list.first).toBe([...set][0] ?? null);
      }
    }),
  );
});

test('a removed item has no links to others, and can be added again', () => {
  const [one, two, three] = [new Item(), new Item(), new Item()];
  const list = new LinkedList<Item>();
  for (const item of [one, two, three]) list.add(item);
  list.delete(two);
  expect(two).toEqual(new Item());
  list.add(two);
  expect(list.toArray()).toEqual([one, three, two]);
});
