import { expect, test } from 'vitest';
import { waitFor } from '@posthaste/test-support/wait-for';
import { createGatherer } from './gatherer.ts';

test('many changes are one refresh, and those during a refresh are one more', async () => {
  const ends: (() => void)[] = [];
  const gatherer = createGatherer(() => new Promise((resolve) => ends.push(resolve)), 1);
  gatherer.changed();
  gatherer.changed();
  await waitFor(() => ends.length === 1, 'a refresh');
  gatherer.changed();
  gatherer.changed();
  ends[0]?.();
  await waitFor(() => ends.length === 2, 'another refresh');
  ends[1]?.();
  gatherer.stop();
  gatherer.changed();
  expect(ends).toHaveLength(2);
});
