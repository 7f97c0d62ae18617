import { expect, test } from 'vitest';
import { telephoneNumber } from './telephone-number.ts';

test('numbers are always 14 characters, and each of 80,000 comes up', () => {
  const count = 80_000;
  const numbers = new Set<string>();
  for (let rank = 0; rank < count; rank++) {
    numbers.add(telephoneNumber(() => ((rank + 0.5) / count) ** (1 / 4)));
  }
  const odd = [...numbers].filter((number) => !/^\(\d\d\) 1111-\d{4}$/.test(number));
  expect(odd).toEqual([]);
  expect(numbers.size).toBe(count);
});

test('some customers call again, and new ones go on coming', () => {
  const numbers = Array.from({ length: 300 }, () => telephoneNumber(Math.random));
  const different = new Set(numbers).size;
  expect(different).toBeLessThan(300);
  expect(different).toBeGreaterThan(100);
});
