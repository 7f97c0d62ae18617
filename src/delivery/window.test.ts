import { expect, test } from 'vitest';
import { Window } from './window.ts';

test('begins small and grows by one with each quick success, up to the limit', () => {
  const window = new Window(4);
  expect(window.within(32)).toBe(4);
  for (let count = 0; count < 10; count++) window.succeeded(false, 32);
  expect(window.within(32)).toBe(14);
  for (let count = 0; count < 100; count++) window.succeeded(false, 32);
  expect(window.within(32)).toBe(32);
  expect(window.within(8)).toBe(8);
});

test('also grows with slow successes, until the endpoint has failed', () => {
  const window = new Window(4);
  for (let count = 0; count < 6; count++) window.succeeded(true, 32);
  expect(window.within(32)).toBe(10);
  window.failed();
  for (let count = 0; count < 6; count++) window.succeeded(true, 32);
  expect(window.within(32)).toBe(6);
  for (let count = 0; count < 6; count++) window.succeeded(false, 32);
  expect(window.within(32)).toBe(12);
});

test('halves with each failure and never closes', () => {
  const window = new Window(4);
  for (let count = 0; count < 28; count++) window.succeeded(false, 32);
  const sizes = [1, 2, 3, 4, 5, 6, 7].map(() => {
    window.failed();
    return window.within(32);
  });
  expect(sizes).toEqual([16, 8, 4, 2, 1, 1, 1]);
});

test('shrinks from the present limit, not from an earlier larger one', () => {
  const window = new Window(32);
  window.succeeded(false, 4);
  window.failed();
  expect(window.within(32)).toBe(2);
});

test('grows slowly again after a restart', () => {
  const window = new Window(4);
  for (let count = 0; count < 28; count++) window.succeeded(false, 32);
  window.restart();
  expect(window.within(32)).toBe(1);
  window.succeeded(false, 32);
  expect(window.within(32)).toBe(2);
});
