import { type Breach, findBreaches } from './invariants/invariants.ts';
import { createPlan } from './plan.ts';
import type { Plant } from './plant.ts';
import { describePlan } from './plan-text.ts';
import type { CreateEngine } from './engine-parts.ts';
import { type History, runHistory } from './world.ts';

/** One history, with its breaches of invariants, if any. */
export interface Simulated {
  readonly history: History;
  readonly breaches: readonly Breach[];
}

export async function simulate(
  seed: number,
  createEngine: CreateEngine,
  plant: Plant = {},
): Promise<Simulated> {
  const history = await runHistory(createPlan(seed), createEngine, plant);
  return { history, breaches: findBreaches(history) };
}

/** A text with which a person can understand the breaches of a history. */
export function report({ history, breaches }: Simulated): string {
  const { plan, ledger } = history;
  return [
    describePlan(plan),
    ledger.history(),
    ...[...Map.groupBy(breaches, ({ invariant }) => invariant).values()].flatMap((some) => [
      `BREACH of "${some[0]?.invariant}", ${some.length} times: ${some[0]?.says}`,
      ...some.slice(0, SHOWN_BREACHES).map(({ detail }) => `  ${detail}`),
    ]),
    `To replay: SIMULATION_SEED=${plan.seed} npx vitest run test/simulation/simulation.test.ts`,
  ].join('\n');
}

const SHOWN_BREACHES = 5;
