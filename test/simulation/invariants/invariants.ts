import type { History } from '../world.ts';
import { claimed, disabled, single, withdrawn } from './claims.ts';
import { accepted, delivered, recorded } from './durability.ts';
import type { Invariant } from './invariant.ts';
import { order, rate, windows } from './limits.ts';
import { failing, pushback } from './pressure.ts';
import { known, patience, schedule } from './schedule.ts';
import { isolation, quiet, takenOver } from './time.ts';

/** The invariants that every history must keep. */
export const INVARIANTS: readonly Invariant[] = [
  accepted,
  delivered,
  recorded,
  schedule,
  patience,
  known,
  claimed,
  single,
  disabled,
  withdrawn,
  order,
  rate,
  windows,
  failing,
  pushback,
  isolation,
  quiet,
  takenOver,
];

export interface Breach {
  readonly invariant: string;
  readonly says: string;
  readonly detail: string;
}

export function findBreaches(history: History): Breach[] {
  return INVARIANTS.flatMap(({ name, says, breaches }) =>
    breaches(history).map((detail) => ({ invariant: name, says, detail })),
  );
}
