import { describe, expect, it } from 'vitest';
import { PublishTurns } from './publish-turns.ts';

/** Begins so many publishes; answers those that had their turn at once, and where the others report. */
function beginMany(turns: PublishTurns, applicationId: string, count: number) {
  const begun: number[] = [];
  let atOnce = 0;
  for (let index = 0; index < count; index++) {
    const turn = turns.begin(applicationId);
    if (turn === undefined) atOnce++;
    else void turn.then(() => begun.push(index));
  }
  return { atOnce, begun };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('turns of publishes', () => {
  it('lets 128 publishes of an application run, and the next ones in order as these end', async () => {
    const turns = new PublishTurns();
    const { atOnce, begun } = beginMany(turns, 'app_1', 131);
    expect(atOnce).toBe(128);
    turns.end('app_1');
    turns.end('app_1');
    await settled();
    expect(begun).toEqual([128, 129]);
    turns.end('app_1');
    await settled();
    expect(begun).toEqual([128, 129, 130]);
  });

  it('does not let one application wait for another', () => {
    const turns = new PublishTurns();
    beginMany(turns, 'app_1', 1_000);
    expect(turns.begin('app_2')).toBeUndefined();
  });

  it('begins anew when all have ended', async () => {
    const turns = new PublishTurns();
    beginMany(turns, 'app_1', 300);
    for (let index = 0; index < 300; index++) turns.end('app_1');
    await settled();
    expect(beginMany(turns, 'app_1', 129).atOnce).toBe(128);
    expect(() => turns.end('app_2')).toThrow('No publish of app_2 has a turn');
  });
});
