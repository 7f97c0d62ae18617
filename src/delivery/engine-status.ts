import type { EngineStatus } from './delivery.ts';
import type { Lane } from './lane.ts';

/** Counts the lanes by their state, and by the state of their breaker. */
export function laneCounts(
  lanes: Iterable<Lane>,
  nowMs: number,
): Pick<EngineStatus, 'lanes' | 'breakers'> {
  const states = { disabled: 0, reading: 0, paused: 0, paced: 0, probing: 0, flowing: 0 };
  const breakers = { closed: 0, open: 0, 'half-open': 0 };
  for (const lane of lanes) {
    states[lane.state(nowMs)]++;
    breakers[lane.breaker.state(nowMs)]++;
  }
  return { lanes: states, breakers };
}
