import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { createEngineUnderTest } from './engine-under-test.ts';
import { PLANTED_FAULTS } from './planted-faults.ts';
import { simulate } from './simulate.ts';

/** A sixteenth of the seeds of `simulation.test.ts`, which so finds faults that are sixteen times as rare as these. */
const SEEDS = 120;

/** Shows that the simulation would find each of these faults. */
it.each(PLANTED_FAULTS)(
  '$name: found, as a breach of "$breaks"',
  async ({ breaks, plant, patch, from = 1 }) => {
    onTestFinished(patch?.() ?? (() => undefined));
    let found: number | null = null;
    for (let seed = from; seed < from + SEEDS && found === null; seed++) {
      const { breaches } = await simulate(seed, createEngineUnderTest, plant);
      if (breaches.some(({ invariant }) => invariant === breaks)) found = seed;
      await nextTurn();
    }
    expect(found).not.toBeNull();
  },
  120_000,
);
