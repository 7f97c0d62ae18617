import type { Disturbance, Ledger, RequestEntry } from '../ledger.ts';
import type { History } from '../world.ts';

export interface Invariant {
  readonly name: string;
  /** The invariant as a sentence. */
  readonly says: string;
  /** Each breach as a sentence; empty when the invariant holds. */
  readonly breaches: (history: History) => string[];
}

/** Compared instants come from two clocks, read one after the other and rounded to milliseconds. */
export const ROUNDING_MS = 3;

export function deliveryKey({ messageId, endpointId }: DeliveryName): string {
  return `${messageId}\n${endpointId}`;
}

export interface DeliveryName {
  readonly messageId: string;
  readonly endpointId: string;
}

export function label(ledger: Ledger, { messageId, endpointId }: DeliveryName): string {
  return `${ledger.nameOf(messageId)} to ${ledger.nameOf(endpointId)}`;
}

export function isSuccess({ result }: RequestEntry): boolean {
  const status = result?.failure === null ? (result.statusCode ?? 0) : 0;
  return status >= 200 && status <= 299;
}

export function scheduleOf({ plan }: History, endpointId: string): readonly number[] {
  const endpoint = plan.endpoints.find(({ name }) => `ep_${name}` === endpointId);
  return endpoint?.retryScheduleMs ?? plan.policy.retryScheduleMs;
}

export function byDelivery(requests: readonly RequestEntry[]): Iterable<RequestEntry[]> {
  return Map.groupBy(requests, deliveryKey).values();
}

export function isDisturbed(
  { disturbances }: Pick<Ledger, 'disturbances'>,
  kinds: readonly Disturbance['kind'][],
  fromMs: number,
  toMs: number,
): boolean {
  return disturbances.some(
    (one) => kinds.includes(one.kind) && one.fromMs <= toMs && one.toMs >= fromMs,
  );
}

/** Whether an endpoint may have got a new owner in this time, which must learn anew what the endpoint can take. */
export function isMoved({ plan, ledger }: History, fromMs: number, toMs: number): boolean {
  return plan.processes > 1 && isDisturbed(ledger, ['crash'], fromMs, toMs);
}

/**
 * Whether `process` may have got the endpoint in this time without the notes of its former owner. A process that is
 * alone tells nobody when it stops. A process that began after the notes were sent has none either, if it takes the
 * endpoint before those that have them.
 */
export function isMovedUntold(
  { plan, ledger }: History,
  fromMs: number,
  toMs: number,
  process: number,
): boolean {
  if (plan.processes === 1) return true;
  const began = ledger.processes.find(({ number }) => number === process)?.beganMs ?? 0;
  const untold = ledger.disturbances.filter(
    ({ toldMs }) => toldMs === undefined || (began >= toldMs && began < toldMs + TAKEN_WITHIN_MS),
  );
  return isDisturbed({ disturbances: untold }, ['crash', 'storage'], fromMs, toMs);
}

/** A stop causes a heartbeat of the others at once; with its answer they own the shards that were given back. */
const TAKEN_WITHIN_MS = 20;

/**
 * Whether due times may come from a wall clock that was wrong, and so be too early or too late. Processes trust a
 * changed clock after a while, and a new process trusts it at once.
 */
export function isMistimed({ disturbances }: Ledger, toMs: number): boolean {
  const clocks = disturbances.filter((one) => one.kind === 'clock' && one.fromMs <= toMs);
  if (clocks.length === 0) return false;
  const restarts = disturbances.some((one) => one.kind === 'crash' && one.fromMs <= toMs);
  const wrongMs = clocks.reduce((ms, one) => ms + one.toMs - one.fromMs, 0);
  return restarts || wrongMs > BELIEVED_AFTER_MS;
}

/** A little less than the time after which `createClock` trusts a changed wall clock. */
const BELIEVED_AFTER_MS = 50_000;

/** Whether the endpoint was edited, disabled or enabled in this time. */
export function isEdited(
  { edits, switches, toldWithinMs }: Ledger,
  endpointId: string,
  fromMs: number,
  toMs: number,
): boolean {
  const overlaps = (from: number, to: number | null) =>
    from <= toMs && (to ?? Infinity) + toldWithinMs >= fromMs;
  return (
    edits.some((e) => e.endpointId === endpointId && overlaps(e.calledMs, e.answeredMs)) ||
    switches.some((s) => s.endpointId === endpointId && overlaps(s.atMs, s.atMs))
  );
}
