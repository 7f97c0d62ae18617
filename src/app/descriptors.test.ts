import { expect, it } from 'vitest';
import { descriptorLimit, divideDescriptors } from './descriptors.ts';

const WANTED = { requests: 1_024, idle: 10_240 };

it.each([
  [Infinity, { requests: 1_024, idle: 10_240, clients: Infinity }],
  [1_048_576, { requests: 1_024, idle: 10_240, clients: 1_037_184 }],
  [20_000, { requests: 1_024, idle: 10_240, clients: 8_608 }],
  [4_096, { requests: 1_024, idle: 1_962, clients: 982 }],
  [1_024, { requests: 448, idle: 298, clients: 150 }],
  [128, { requests: 32, idle: 21, clients: 11 }],
])('of %d descriptors, each part gets some', (limit, parts) => {
  expect(divideDescriptors(limit, WANTED)).toEqual(parts);
});

it('reads the limit of this process', () => {
  expect(descriptorLimit()).toBeGreaterThan(16);
});
