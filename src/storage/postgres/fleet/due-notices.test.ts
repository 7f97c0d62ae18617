import { expect, test } from 'vitest';
import { dueNotices, hintsOf } from './due-notices.ts';

test('tells the earliest due time of each endpoint once', () => {
  const notices = dueNotices([
    { endpoint_id: 'ep_1', due_at: 5 },
    { endpoint_id: 'ep_2', due_at: 3 },
    { endpoint_id: 'ep_1', due_at: 4 },
    { endpoint_id: 'ep_2', due_at: null },
    { endpoint_id: 'ep_2', due_at: 1 },
  ]);
  expect(notices.map(hintsOf)).toEqual([
    [
      { endpoint_id: 'ep_1', due_at: 4 },
      { endpoint_id: 'ep_2', due_at: null },
    ],
  ]);
});

test('keeps each notice below the limit of the server', () => {
  const hints = Array.from({ length: 2_000 }, (_, index) => ({
    endpoint_id: `ep_2p5kzWCjuWVt0VdzQWqRgOGN${index}`,
    due_at: Date.UTC(2030, 0) + index,
  }));
  const notices = dueNotices(hints);
  for (const notice of notices) expect(Buffer.byteLength(notice)).toBeLessThan(8_000);
  expect(notices.flatMap(hintsOf)).toEqual(hints);
});

test('without hints there is nothing to tell', () => {
  expect(dueNotices([])).toEqual([]);
});
