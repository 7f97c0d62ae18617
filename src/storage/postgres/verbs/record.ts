import { type HealthChange, type RecordBatch, type Recorded, mergeHealth } from '../../storage.ts';
import { checkInteger, checkIntegerOrNull, checkText, checkTextOrNull } from '../binary-array.ts';
import type { ConnectionPool } from '../connection-pool.ts';
import type { DatabaseTime } from '../database-time.ts';
import { deliveredAllTheSame, recordStatement, type Turn } from './record-statement.ts';

/** An endpoint has work that is due at `due_at`; null: the next claim must read when. */
export interface DueHint {
  readonly endpoint_id: string;
  readonly due_at: number | null;
}

export interface RecordResult extends Recorded {
  readonly hints: DueHint[];
  /** Endpoints whose change of health and its events were not written, because another session holds the row. */
  readonly held: readonly string[];
}

/**
 * Writes releases, then attempts with their transitions, then changes of health, then events: all batches in one
 * statement, and so in one transaction. A second change of the same delivery takes a further statement of that
 * transaction.
 *
 * Idempotent: an attempt whose id is stored already is skipped with its transition.
 */
export async function record(
  pool: ConnectionPool,
  time: DatabaseTime,
  batches: readonly RecordBatch[],
): Promise<RecordResult> {
  const turns = turnsOf(batches);
  const health = mergedHealth(batches.flatMap((batch) => batch.health));
  const events = batches.flatMap((batch) => batch.events ?? []);
  const statements = turns.map((turn, index) =>
    index === turns.length - 1
      ? recordStatement(turn, health, events, time)
      : recordStatement(turn, [], [], time),
  );
  const results = await pool.runAll(statements);
  const hints: DueHint[] = [];
  const disabled: string[] = [];
  const held: string[] = [];
  let missing = 0;
  for (const { records } of turns) {
    for (const { effect } of records) if (effect === 'delivered') missing++;
  }
  for (const row of results.flatMap(({ rows }) => rows as RecordedRow[])) {
    const { endpoint_id, due_at, health: told } = row;
    if (endpoint_id === null) missing -= due_at ?? 0;
    else if (told === 'disabled') disabled.push(endpoint_id);
    else if (told === 'held') held.push(endpoint_id);
    else hints.push({ endpoint_id, due_at });
  }
  // If this fails, the batch is run again and finds these deliveries delivered.
  if (missing > 0) {
    const delivered = turns.flatMap(({ records }) =>
      records.flatMap(({ record: its, effect }) => (effect === 'delivered' ? its : [])),
    );
    await pool.run(deliveredAllTheSame(delivered));
  }
  return { hints, disabled, held };
}

/** A hint, or the result of a change of health; the row without an endpoint has the number of deliveries delivered. */
interface RecordedRow {
  readonly endpoint_id: string | null;
  readonly due_at: number | null;
  readonly health: 'disabled' | 'held' | null;
}

/** Throws `storage_rejected` when a value can't be stored. */
export function checkRecords({ records, health, releases }: RecordBatch): void {
  for (const { attempt, claim, next } of records) {
    checkText('attempt.id', attempt.id);
    checkText('attempt.message_id', attempt.messageId);
    checkText('attempt.endpoint_id', attempt.endpointId);
    checkText('attempt.application_id', attempt.applicationId);
    checkText('attempt.url', attempt.url);
    checkText('attempt.detail', attempt.detail);
    checkText('attempt.response', attempt.response);
    checkTextOrNull('attempt.failure', attempt.failure);
    checkInteger('attempt.number', attempt.number);
    checkInteger('attempt.started_at', attempt.startedAt);
    checkInteger('attempt.duration_ms', attempt.durationMs);
    checkIntegerOrNull('attempt.status_code', attempt.statusCode);
    checkInteger('delivery.due_at', claim.until);
    if (next.state === 'pending') checkInteger('delivery.due_at', next.dueAt);
  }
  for (const { dueAt, claim } of releases) {
    checkInteger('delivery.due_at', dueAt);
    checkInteger('delivery.due_at', claim.until);
  }
  for (const change of health) {
    const { failingSince = null, lastFailedAt = null, addFailed = 0 } = change;
    checkInteger('endpoint.updated_at', change.endpointUpdatedAt);
    checkIntegerOrNull('endpoint.failing_since', failingSince);
    checkIntegerOrNull('endpoint.last_failed_at', lastFailedAt);
    checkInteger('endpoint.failed_count', addFailed);
  }
}

/**
 * Divides the batches into as few parts as possible, each of which releases or changes a delivery at most once. A
 * second record under the same claim that is not a success has no effect, so it stays in the part of the first.
 */
function turnsOf(batches: readonly RecordBatch[]): Turn[] {
  const turns: Turn[] = [];
  const used = new Map<string, { turn: number; readonly claims: Set<string> }>();
  const attemptIds = new Set<string>();
  const turnOf = (key: string) => {
    const known = used.get(key);
    const place = known ?? { turn: -1, claims: new Set<string>() };
    place.turn++;
    if (known === undefined) used.set(key, place);
    return place;
  };
  const at = (turn: number): Turn => (turns[turn] ??= { records: [], releases: [] });

  // Batch by batch: the contract's order (releases before attempts) applies within each.
  for (const { records, releases } of batches) {
    for (const release of releases) {
      const place = turnOf(keyOf(release.messageId, release.endpointId));
      place.claims.clear();
      at(place.turn).releases.push(release);
    }
    for (const record of records) {
      const { attempt, claim, next } = record;
      const id = `${attempt.messageId} ${attempt.id}`;
      if (attemptIds.has(id)) continue;
      attemptIds.add(id);
      const key = keyOf(attempt.messageId, attempt.endpointId);
      const claimed = `${claim.owner} ${claim.until}`;
      const known = used.get(key);
      if (known?.claims.has(claimed) === true && next.state !== 'delivered') {
        at(known.turn).records.push({ record, effect: 'count' });
        continue;
      }
      const place = turnOf(key);
      place.claims.add(claimed);
      at(place.turn).records.push({ record, effect: next.state });
    }
  }
  return turns.length === 0 ? [{ records: [], releases: [] }] : turns;
}

function keyOf(messageId: string, endpointId: string): string {
  return `${messageId} ${endpointId}`;
}

function mergedHealth(changes: readonly HealthChange[]): HealthChange[] {
  const merged = new Map<string, HealthChange>();
  for (const change of changes) {
    const { endpointId } = change;
    merged.set(endpointId, mergeHealth(merged.get(endpointId), change));
  }
  // Sorted, so that two processes that change the same endpoints can't deadlock.
  return [...merged.values()].toSorted((a, b) => (a.endpointId < b.endpointId ? -1 : 1));
}
