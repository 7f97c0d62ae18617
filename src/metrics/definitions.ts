import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type Definitions = ReturnType<typeof defineMetrics>;

/** Every metric of Posthaste's own, with its labels. docs/metrics.md lists them; a test compares. */
export function defineMetrics(registry: Registry) {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter<L>({ name: `posthaste_${name}`, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge<L>({ name: `posthaste_${name}`, help, labelNames, registers });
  const histogram = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets: number[],
  ) => new Histogram<L>({ name: `posthaste_${name}`, help, labelNames, buckets, registers });

  return {
    info: gauge('info', 'Always 1; version and roles of the process', ['version', 'roles']),

    messages: counter('messages_accepted_total', 'Messages that this process accepted and stored'),
    deliveries: counter(
      'deliveries_created_total',
      'Deliveries of accepted messages: attempted at once, or left in the storage to be claimed',
      ['start'],
    ),
    claimed: counter('deliveries_claimed_total', 'Deliveries that were claimed from the storage'),
    released: counter(
      'deliveries_released_total',
      'Claims that were given back without an attempt',
    ),
    attempts: counter('attempts_total', 'Attempts that were recorded', ['outcome', 'result']),
    attemptSeconds: histogram(
      'attempt_duration_seconds',
      'From the start of an attempt to the end of its answer',
      ['outcome'],
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 120],
    ),
    payloadMismatches: counter(
      'payload_mismatches_total',
      'Published payloads that are not as the schema of their event type says',
      ['action'],
    ),
    disabled: counter('endpoints_disabled_total', 'Endpoints that their attempts disabled'),

    backlog: gauge(
      'backlog_deliveries',
      'Deliveries of the whole installation that wait in the storage; counted up to 100000',
    ),
    lateSeconds: gauge(
      'backlog_late_seconds',
      'How late the first due delivery of the whole installation is that may be attempted',
    ),

    lanes: gauge('lanes', 'Endpoints in use in this process, by what they may do next', ['state']),
    breakers: gauge('breakers', 'Circuit breakers of the endpoints in use', ['state']),
    inFlight: gauge('requests_in_flight', 'Requests to endpoints that wait for their answers'),
    inFlightLimit: gauge('requests_in_flight_limit', 'The setting concurrency'),
    held: gauge('handoffs_held', 'Deliveries in memory, with their payloads'),
    heldLimit: gauge('handoffs_held_limit', 'How many deliveries may be in memory'),
    unrecorded: gauge('attempts_unrecorded', 'Attempts that are made and not yet in the storage'),

    storageUp: gauge('storage_up', '1 when the storage answered this scrape'),
    storageSeconds: histogram(
      'storage_duration_seconds',
      'From the call to the commit, the wait for the commit before it included',
      ['call'],
      [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    ),
    storageErrors: counter('storage_errors_total', 'Calls of the storage that failed', ['call']),
  };
}
