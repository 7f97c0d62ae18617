import { describe, expect, it } from 'vitest';
import { type Publisher, PublishTurns, turnWeight } from './publish-turns.ts';

const of = (id: string, organizationId = `org of ${id}`) => ({ id, organizationId });

/** Begins publishes. Returns the number of those that ran at once, and a list that the others join when they run. */
function beginMany(turns: PublishTurns, publisher: Publisher, count: number, weight = 1) {
  const begun: number[] = [];
  let atOnce = 0;
  for (let index = 0; index < count; index++) {
    const turn = turns.begin(publisher, weight);
    if (turn === undefined) atOnce++;
    else void turn.then(() => begun.push(index));
  }
  return { atOnce, begun };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('turns of publishes', () => {
  it('runs 128 publishes of an application at the same time, and the next in order as these end', async () => {
    const turns = new PublishTurns();
    const { atOnce, begun } = beginMany(turns, of('app_1'), 131);
    expect(atOnce).toBe(128);
    turns.end(of('app_1'), 1);
    turns.end(of('app_1'), 1);
    await settled();
    expect(begun).toEqual([128, 129]);
    turns.end(of('app_1'), 1);
    await settled();
    expect(begun).toEqual([128, 129, 130]);
  });

  it('does not let one application wait for another', () => {
    const turns = new PublishTurns();
    beginMany(turns, of('app_1'), 1_000);
    expect(turns.begin(of('app_2'), 1)).toBeUndefined();
  });

  it('starts from zero when all have ended', async () => {
    const turns = new PublishTurns();
    beginMany(turns, of('app_1'), 300);
    for (const running of [128, 128, 44]) {
      for (let index = 0; index < running; index++) turns.end(of('app_1'), 1);
      await settled();
    }
    expect(beginMany(turns, of('app_1'), 129).atOnce).toBe(128);
    expect(() => turns.end(of('app_2'), 1)).toThrow('No publish of app_2 has a turn');
  });

  it('counts a message by its length, and a batch by its messages', async () => {
    expect([0, 16 * 1024, 1024 * 1024].map(turnWeight)).toEqual([1, 1, 64]);
    const turns = new PublishTurns();
    expect(beginMany(turns, of('app_1'), 3, 64).atOnce).toBe(2);
    expect(beginMany(turns, of('app_2'), 2, 1_000).atOnce).toBe(1);
    const small = beginMany(turns, of('app_2'), 1);
    turns.end(of('app_2'), 1_000);
    await settled();
    expect(small.begun).toEqual([]);
    turns.end(of('app_2'), 1_000);
    await settled();
    expect(small.begun).toEqual([0]);
  });

  it('allows an organization twice as much as one application', async () => {
    const turns = new PublishTurns();
    const mine = (id: string) => of(id, 'org_1');
    expect(beginMany(turns, mine('app_1'), 128).atOnce).toBe(128);
    expect(beginMany(turns, mine('app_2'), 128).atOnce).toBe(128);
    const { atOnce, begun } = beginMany(turns, mine('app_3'), 2);
    expect(atOnce).toBe(0);
    expect(beginMany(turns, of('app_4', 'org_2'), 1).atOnce).toBe(1);
    turns.end(mine('app_2'), 1);
    await settled();
    expect(begun).toEqual([0]);
    turns.end(mine('app_3'), 1);
    await settled();
    expect(begun).toEqual([0, 1]);
  });

  it('lets no message overtake a long one that waits', async () => {
    const turns = new PublishTurns();
    beginMany(turns, of('app_1'), 1, 100);
    const long = beginMany(turns, of('app_1'), 1, 64);
    const short = beginMany(turns, of('app_1'), 1);
    expect([long.atOnce, short.atOnce]).toEqual([0, 0]);
    turns.end(of('app_1'), 100);
    await settled();
    expect([long.begun, short.begun]).toEqual([[0], [0]]);
  });

  it('makes a publish that waited for its application also wait for its organization', async () => {
    const turns = new PublishTurns();
    const mine = (id: string) => of(id, 'org_1');
    beginMany(turns, mine('app_1'), 1, 128);
    const second = beginMany(turns, mine('app_1'), 1, 128);
    beginMany(turns, mine('app_2'), 1, 128);
    const third = beginMany(turns, mine('app_3'), 1, 128);
    turns.end(mine('app_1'), 128);
    await settled();
    expect([third.begun, second.begun]).toEqual([[0], []]);
    turns.end(mine('app_3'), 128);
    await settled();
    expect(second.begun).toEqual([0]);
  });
});
