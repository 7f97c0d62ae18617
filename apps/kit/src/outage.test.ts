import { expect, test } from 'vitest';
import { createOutage } from './outage.ts';

test('an outage is told once for each reason, and its end once', () => {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const outage = createOutage({ warn: write, info: write }, 'the peer is away', 'the peer is back');
  const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });

  outage.back();
  for (let count = 0; count < 3; count++) outage.away(refused);
  outage.away(new TypeError('fetch failed', { cause: refused }));
  outage.away(new Error('access refused'));
  outage.away(refused);
  outage.back();
  outage.back();
  expect(lines).toEqual([
    'the peer is away: ECONNREFUSED; trying again',
    'the peer is away: access refused; trying again',
    'the peer is back',
  ]);

  for (let count = 0; count < 100; count++) outage.away(new Error(`reason ${count}`));
  expect(lines).toHaveLength(8);
});
