import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createEngineUnderTest } from './engine-under-test.ts';
import { createPlan } from './plan.ts';
import { report, simulate } from './simulate.ts';

/** Many more seeds than any planted fault needs (`planted-faults.test.ts`). A history costs 20 ms of a core. */
const SEEDS = Number(process.env['SIMULATION_SEEDS'] ?? 2_000);
const SEED = process.env['SIMULATION_SEED'];
/** Runs only histories of several processes, which are a tenth of all. */
const FLEETS = process.env['SIMULATION_FLEETS'] === 'true';
/** The first seed, to continue after an earlier run. */
const FROM = Number(process.env['SIMULATION_FROM'] ?? 1);
/** Far more time than a history takes on a busy machine. */
const EACH_MS = FLEETS ? 2_000 : 1_000;

/** Whatever happens in a history, the engine keeps its promises: see `invariants/`. */
it.runIf(SEED === undefined)(
  `keeps every promise in ${SEEDS} histories`,
  async () => {
    const failing: number[] = [];
    let first: string | null = null;
    for (let seed = FROM, left = SEEDS; left > 0; seed++) {
      if (FLEETS && createPlan(seed).processes === 1) continue;
      left--;
      const simulated = await simulate(seed, createEngineUnderTest);
      if (simulated.breaches.length > 0) {
        failing.push(seed);
        first ??= report(simulated);
      }
      await nextTurn();
    }
    if (first !== null) {
      console.error(first);
      console.error(`Seeds that fail: ${failing.join(', ')}`);
    }
    expect(failing).toEqual([]);
  },
  30_000 + SEEDS * EACH_MS,
);

it.runIf(SEED !== undefined)('keeps every promise in one history', async () => {
  const simulated = await simulate(Number(SEED), createEngineUnderTest);
  console.log(report(simulated));
  expect(simulated.breaches).toEqual([]);
});

it('runs the same history from the same seed', async () => {
  for (const seed of [3, 17, 41]) {
    const [one, other] = [
      await simulate(seed, createEngineUnderTest),
      await simulate(seed, createEngineUnderTest),
    ];
    expect(one.history.ledger.history()).toBe(other.history.ledger.history());
  }
});
