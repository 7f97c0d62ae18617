import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fifo } from './fifo.ts';

test('behaves like an array with push and shift', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.nat(), fc.constant('shift' as const)), { maxLength: 600 }),
      (steps) => {
        const fifo = new Fifo<number>();
        const model: number[] = [];
        for (const step of steps) {
          if (step === 'shift') expect(fifo.shift()).toBe(model.shift());
          else {
            fifo.push(step);
            model.push(step);
          }
          expect(fifo.length).toBe(model.length);
        }
        expect(fifo.drain()).toEqual(model);
        expect(fifo.length).toBe(0);
      },
    ),
  );
});

test('keeps order while it frees the spent part', () => {
  const fifo = new Fifo<number>();
  for (let i = 0; i < 1000; i++) fifo.push(i);
  for (let i = 0; i < 900; i++) expect(fifo.shift()).toBe(i);
  fifo.push(1000);
  expect(fifo.drain()).toEqual([...Array(101).keys()].map((i) => 900 + i));
});

test('removes matching items anywhere', () => {
  const fifo = new Fifo<number>();
  for (let item = 0; item < 10; item++) fifo.push(item);
  fifo.shift();
  expect(fifo.remove((item) => item % 2 === 0)).toEqual([2, 4, 6, 8]);
  fifo.push(10);
  expect(fifo.drain()).toEqual([1, 3, 5, 7, 9, 10]);
});

test('drains all but the first items', () => {
  const fifo = new Fifo<number>();
  for (let item = 0; item < 10; item++) fifo.push(item);
  fifo.shift();
  expect(fifo.drain(2)).toEqual([3, 4, 5, 6, 7, 8, 9]);
  expect([fifo.shift(), fifo.shift(), fifo.shift()]).toEqual([1, 2, undefined]);
});
