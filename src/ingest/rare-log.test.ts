import { expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { createRareLog } from './rare-log.ts';

it('logs a kind of line once in ten seconds, with the number of omitted lines', () => {
  const clock = new ManualClock();
  const lines: unknown[] = [];
  const write = (context: object, message: string) => void lines.push({ message, ...context });
  const rareLog = createRareLog({ warn: write, error: write } as never, clock);
  for (let i = 0; i < 3; i++) rareLog('warn', 'a', { i }, 'one');
  rareLog('error', 'b', {}, 'other');
  clock.advance(10_000);
  rareLog('warn', 'a', { i: 3 }, 'one');
  expect(lines).toEqual([
    { message: 'one', i: 0 },
    { message: 'other' },
    { message: 'one', i: 3, leftOutCount: 2 },
  ]);
});
