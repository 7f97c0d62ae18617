import type { MessageAttemptOut, MessageEndpointOut } from '../api/types.ts';
import { span } from './times.ts';

/** The result of an attempt as a sentence. */
export function attemptSentence(attempt: MessageAttemptOut): string {
  const { attemptNumber, responseStatusCode, responseDurationMs, status, detail } = attempt;
  const took = `after ${span(responseDurationMs)}`;
  const asked = attempt.triggerType === 1 ? ', a manual resend,' : '';
  if (status === 0) {
    return `Attempt ${attemptNumber}${asked} succeeded ${took}: ${answered(responseStatusCode)}.`;
  }
  const because = detail === '' ? answered(responseStatusCode) : lowered(detail);
  return `Attempt ${attemptNumber}${asked} failed ${took}: ${because}${/[.!?]$/.test(because) ? '' : '.'}`;
}

/** What happens next with a delivery; `isGone`: the payload of the message was deleted. */
export function nextSentence(
  { status, nextAttempt, disabled, paused }: MessageEndpointOut,
  now: number,
  isGone = false,
): string {
  if (status === 0) return 'Delivered.';
  if (status === 4) return 'Cancelled: nothing more will be sent.';
  if (status === 2 && isGone) return 'No attempts are left, and the payload was deleted.';
  if (status === 2) return 'No attempts are left: resend it, or recover the endpoint.';
  if (disabled) return 'The endpoint is disabled: the next attempt comes once it is enabled.';
  if (paused) return 'The endpoint is paused: the next attempt comes once it is resumed.';
  if (nextAttempt === null) return 'An attempt is under way.';
  const ms = Date.parse(nextAttempt) - now;
  return ms <= 0 ? 'The next attempt is due now.' : `The next attempt is in ${span(ms)}.`;
}

function answered(statusCode: number): string {
  return `answered ${statusCode}`;
}

function lowered(sentence: string): string {
  return /^[A-Z][a-z]/.test(sentence) ? sentence[0]?.toLowerCase() + sentence.slice(1) : sentence;
}
