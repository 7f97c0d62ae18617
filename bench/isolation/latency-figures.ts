import { figure, percentile, type Figure } from '../figure.ts';
import { nowMicros } from '../http-messages.ts';
import type { Arrival } from '../sink.ts';
import type { SteadyResult } from './steady.ts';

export interface Observation extends SteadyResult {
  readonly arrivals: readonly Arrival[];
}

/** The latencies of messages to healthy endpoints, alone and beside the load, with their goals. */
export function latencyFigures(quiet: Observation, loaded: Observation): Figure[] {
  const [alone, beside] = [measure(quiet), measure(loaded)];
  const spread = (name: string, values: readonly number[]) => [
    figure(`${name}, p50`, percentile(values, 50), 'ms'),
    figure(`${name}, p99`, percentile(values, 99), 'ms'),
    figure(`${name}, max`, Math.max(...values), 'ms'),
  ];
  const withGoal = (figures: readonly Figure[], quietP99: number) =>
    figures.map((entry) =>
      entry.name.endsWith('p99') ? { ...entry, target: { atMost: goal(quietP99) } } : entry,
    );
  const arrivalP99 = percentile(alone.arrivalMs, 99);
  const acceptP99 = percentile(alone.acceptMs, 99);
  return [
    figure('messages of healthy endpoints, loaded', loaded.published.length, ''),
    ...spread('accept to arrival, quiet', alone.arrivalMs),
    ...withGoal(spread('accept to arrival, loaded', beside.arrivalMs), arrivalP99),
    figure(
      'accept to arrival, p99, loaded ÷ quiet',
      percentile(beside.arrivalMs, 99) / arrivalP99,
      '×',
    ),
    ...spread('publish to accept, quiet', alone.acceptMs),
    ...withGoal(spread('publish to accept, loaded', beside.acceptMs), acceptP99),
    figure('publisher late, loaded, p99', percentile(beside.lateMs, 99), 'ms'),
    figure('not accepted', quiet.notAccepted + loaded.notAccepted, '', { atMost: 0 }),
    figure('missing, quiet', alone.missing, '', { atMost: 0 }),
    figure('missing, loaded', beside.missing, '', { atMost: 0 }),
    figure('arrived twice', alone.duplicates + beside.duplicates, ''),
  ];
}

function goal(quietMs: number): number {
  return Math.max(1.5 * quietMs, quietMs + 50);
}

function measure({ published, arrivals }: Observation) {
  const arrivedAt = new Map<string, number>();
  for (const { messageId, atMicros } of arrivals) {
    if (!arrivedAt.has(messageId)) arrivedAt.set(messageId, atMicros);
  }
  const endedAt = nowMicros();
  const missing = published.filter(({ messageId }) => !arrivedAt.has(messageId)).length;
  return {
    missing,
    duplicates: arrivals.length - arrivedAt.size,
    lateMs: published.map(({ dueAtMicros, sentAtMicros }) => (sentAtMicros - dueAtMicros) / 1000),
    acceptMs: published.map(
      ({ sentAtMicros, acceptedAtMicros }) => (acceptedAtMicros - sentAtMicros) / 1000,
    ),
    // A missing message has taken at least until now. The 202 and the delivery are sent together, and the delivery
    // may be read first.
    arrivalMs: published.map(({ messageId, acceptedAtMicros }) =>
      Math.max(0, ((arrivedAt.get(messageId) ?? endedAt) - acceptedAtMicros) / 1000),
    ),
  };
}
