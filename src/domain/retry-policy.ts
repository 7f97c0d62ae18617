import type { Attempt } from './attempt.ts';
import type { Random } from './clock.ts';
import type { Delivery, DeliveryNext } from './delivery.ts';
import type { DeliveryPolicy } from './policy.ts';

/** How an attempt ended, as far as its retry depends on it. */
export interface AttemptEnd extends Pick<Attempt, 'succeeded' | 'statusCode'> {
  /** The wait that the response's `Retry-After` asked for (see `parseRetryAfter`); null: none. */
  readonly retryAfterMs: number | null;
  /** What the response's `webhook-delivery` asked for (see `parseDeliveryControl`); null: nothing. */
  readonly control: DeliveryControl | null;
}

/** `disable`: send nothing more to this endpoint; `abort-message`: don't send this message again. */
export type DeliveryControl = 'disable' | 'abort-message';

export type AfterAttempt = DeliveryNext & {
  /** The endpoint answered 410 or asked to be disabled, and must be disabled as `gone`. */
  readonly gone: boolean;
};

/** No `Retry-After` holds a delivery back longer than this. */
export const LONGEST_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/** Each wait of the schedule is lengthened or shortened by up to this fraction. */
export const JITTER = 0.2;

/**
 * The next state of a delivery after an attempt.
 *
 * A success delivers it; a 410, `disable` or `abort-message` exhausts it. Otherwise it waits for the schedule's
 * entry at `position.scheduleStep`, plus or minus the jitter; a `Retry-After` of a failed response can lengthen the
 * wait, within its bound, but not shorten it. After the last entry the delivery is exhausted.
 */
export function nextAfter(
  end: AttemptEnd,
  position: Pick<Delivery, 'scheduleStep'>,
  policy: DeliveryPolicy,
  now: number,
  random: Random,
): AfterAttempt {
  const gone = end.control === 'disable' || end.statusCode === 410;
  if (end.succeeded) return { state: 'delivered', gone };
  if (gone || end.control === 'abort-message') return { state: 'exhausted', gone };

  const scheduled = policy.retryScheduleMs[position.scheduleStep];
  if (scheduled === undefined) return { state: 'exhausted', gone: false };

  const jittered = scheduled * (1 - JITTER + 2 * JITTER * random());
  const asked = Math.min(end.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS);
  return {
    state: 'pending',
    dueAt: now + Math.round(Math.max(jittered, asked)),
    scheduleStep: position.scheduleStep + 1,
    gone: false,
  };
}

/** Whether an answer with this status counts as delivered. */
export function isSuccess(statusCode: number, policy: Pick<DeliveryPolicy, 'success'>): boolean {
  return policy.success === '200' ? statusCode === 200 : statusCode >= 200 && statusCode <= 299;
}

/**
 * Parses a `webhook-delivery` header: null without a known instruction. Of several instructions `disable` counts,
 * because it includes `abort-message`.
 */
export function parseDeliveryControl(value: string): DeliveryControl | null {
  const given = value.split(',').map((one) => one.trim().toLowerCase());
  return CONTROLS.find((control) => given.includes(control)) ?? null;
}

const CONTROLS: readonly DeliveryControl[] = ['disable', 'abort-message'];

/**
 * Reads a `Retry-After` (RFC 9110, section 10.2.3): the wait from `now` that it asks for, zero when
 * its date has passed. Null when it is neither seconds nor one of the three forms of an HTTP date.
 */
export function parseRetryAfter(value: string, now: number): number | null {
  const text = value.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  if (!HTTP_DATES.some((form) => form.test(text))) return null;
  // The oldest form names no time zone, and Date would take it for local time.
  const at = Date.parse(text.endsWith(' GMT') ? text : `${text} GMT`);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

const HTTP_DATES = [
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
];
