import type { Clock } from '../domain/clock.ts';
import {
  type AttemptOutcome,
  type AttemptResult,
  outcomeOf,
  resultOf,
} from '../domain/attempt-outcome.ts';
import { PosthasteError } from '../domain/errors.ts';
import type {
  AcceptResult,
  NewMessage,
  Outbox,
  OutboxDecision,
  RecordBatch,
  Storage,
} from '../storage/storage.ts';
import type { Definitions } from './definitions.ts';

/** Counts what the hot-path calls have stored, and measures how long they took. */
export function observeStorage(storage: Storage, metrics: Definitions, clock: Clock): Storage {
  const accept = createTimer('accept', metrics, clock);
  const claim = createTimer('claim', metrics, clock);
  const record = createTimer('record', metrics, clock);
  return {
    ...storage,
    get owner() {
      return storage.owner;
    },
    acceptMessages(messages) {
      const end = accept();
      return end(storage.acceptMessages(messages), (results) =>
        countAccepted(metrics, messages, results),
      );
    },
    claimDue(request) {
      const end = claim();
      return end(storage.claimDue(request), ({ handoffs }) => metrics.claimed.inc(handoffs.length));
    },
    record(take) {
      const end = record();
      let batch: RecordBatch | null = null;
      const recorded = storage.record(() => (batch = take()));
      return end(recorded, ({ disabled }) => {
        if (batch !== null) countRecorded(metrics, batch);
        if (disabled.length > 0) metrics.disabled.inc(disabled.length);
      });
    },
  };
}

/** Counts messages of the outbox, which reach the storage by another call. */
export function observeOutbox(outbox: Outbox, metrics: Definitions): Outbox {
  return {
    subscribe: (listener) => outbox.subscribe(listener),
    async relay(batch, decide) {
      let decisions: readonly OutboxDecision[] = [];
      const outcomes = await outbox.relay(batch, async (rows) => (decisions = await decide(rows)));
      for (const [index, { kind }] of (outcomes ?? []).entries()) {
        const decision = decisions[index];
        if (kind !== 'accepted' || decision === undefined || !('accept' in decision)) continue;
        countAccepted(metrics, [decision.accept], [{ accepted: true }]);
      }
      return outcomes;
    },
  };
}

type Call = 'accept' | 'claim' | 'record';

function createTimer(call: Call, { storageSeconds, storageErrors }: Definitions, clock: Clock) {
  const succeeded = storageSeconds.labels(call);
  return () => {
    const fromMs = clock.monotonicMs();
    return async <T>(answer: Promise<T>, count: (answer: T) => unknown): Promise<T> => {
      try {
        const value = await answer;
        succeeded.observe((clock.monotonicMs() - fromMs) / 1_000);
        count(value);
        return value;
      } catch (error) {
        const isStopping = error instanceof PosthasteError && error.code === 'stopping';
        if (!isStopping) storageErrors.inc({ call });
        throw error;
      }
    };
  };
}

function countAccepted(
  metrics: Definitions,
  messages: readonly NewMessage[],
  results: readonly AcceptResult[],
): void {
  let accepted = 0;
  let atOnce = 0;
  let later = 0;
  for (const [index, { claimed, deliveries }] of messages.entries()) {
    if (results[index]?.accepted !== true) continue;
    accepted++;
    atOnce += claimed?.endpointIds.length ?? 0;
    later += deliveries.length;
  }
  if (accepted > 0) metrics.messages.inc(accepted);
  if (atOnce > 0) metrics.deliveries.inc({ start: 'at_once' }, atOnce);
  if (later > 0) metrics.deliveries.inc({ start: 'later' }, later);
}

/** Adds up first, because a batch has many attempts with the same labels, and looking up a label costs most. */
function countRecorded(metrics: Definitions, { records, releases }: RecordBatch): void {
  const counts = new Map<
    string,
    { outcome: AttemptOutcome; result: AttemptResult; count: number }
  >();
  for (const { attempt, next } of records) {
    const outcome = outcomeOf(next);
    const result = resultOf(attempt);
    const key = `${outcome} ${result}`;
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { outcome, result, count: 1 });
    else known.count++;
    metrics.attemptSeconds.labels(outcome).observe(attempt.durationMs / 1_000);
  }
  for (const { outcome, result, count } of counts.values()) {
    metrics.attempts.inc({ outcome, result }, count);
  }
  if (releases.length > 0) metrics.released.inc(releases.length);
}
