import type { EndpointOut, EndpointStateOut, MessageStatus, TaskOut } from '../api/types.ts';
import type { Tone } from '../parts/state.tsx';
import { rate } from './numbers.ts';
import { clockTime, span } from './times.ts';

export interface Described {
  readonly tone: Tone;
  readonly text: string;
}

const DISABLED = {
  manual: 'Disabled manually',
  failing: 'Disabled: it kept failing',
  gone: 'Disabled: it answered 410 Gone or webhook-delivery: disable',
} as const;

/** The state of an endpoint in one line. */
export function endpointState(
  endpoint: Pick<EndpointOut, 'disabled' | 'disabledReason' | 'paused'>,
): Described {
  if (endpoint.disabled) {
    return { tone: 'off', text: DISABLED[endpoint.disabledReason ?? 'manual'] };
  }
  if (endpoint.paused) return { tone: 'warn', text: 'Paused: new messages wait' };
  return { tone: 'good', text: 'On' };
}

/** The same for an endpoint whose failures are known. */
export function troubleState(
  endpoint: Parameters<typeof endpointState>[0] & { readonly failingSince: string | null },
  now: number,
): Described {
  if (endpoint.disabled || endpoint.paused || endpoint.failingSince === null) {
    return endpointState(endpoint);
  }
  return { tone: 'bad', text: `Failing for ${span(now - Date.parse(endpoint.failingSince))}` };
}

/**
 * The parts of a line that says why the endpoint's deliveries are delayed, and when its next attempt is. Empty: its
 * messages are sent at once.
 */
export function deliveryWords(
  { breaker, waitsUntil, nextAttempt, window, rate: limit }: EndpointStateOut,
  now: number,
): string[] {
  const words: string[] = [];
  if (breaker === 'half-open') words.push('breaker half-open: the next request decides');
  if (waitsUntil !== null) {
    const why = breaker === 'open' ? 'breaker open' : 'asked for a pause';
    words.push(`${why} until ${clockTime(waitsUntil, now)}`);
  }
  if (nextAttempt !== null) {
    const isDue = Date.parse(nextAttempt) <= now;
    words.push(`next attempt ${isDue ? 'now' : clockTime(nextAttempt, now)}`);
  }
  if (window !== null) words.push(`sends ${window} at a time`);
  if (limit !== null) words.push(`at most ${rate(limit)} a second`);
  if (breaker === null) words.push('breaker not known');
  return words;
}

/** The states of a delivery. */
export const STANDINGS: Readonly<Record<MessageStatus, Described>> = {
  0: { tone: 'good', text: 'Delivered' },
  1: { tone: 'busy', text: 'Waiting' },
  2: { tone: 'bad', text: 'Failed' },
  3: { tone: 'warn', text: 'Failed, will be retried' },
  4: { tone: 'off', text: 'Cancelled' },
};

export function taskState({ status, data }: TaskOut): Described {
  if (status === 'running') return { tone: 'busy', text: 'Running' };
  if (status === 'finished') return { tone: 'good', text: 'Finished' };
  return data.reason === 'cancelled'
    ? { tone: 'off', text: 'Cancelled' }
    : { tone: 'bad', text: `Failed: ${data.reason ?? 'no reason is known'}` };
}

/** The names of the tasks. */
export const TASK_WORDS: Readonly<Record<string, string>> = {
  'application.purge_content': 'Delete all payloads of the application',
  'application.stats': 'Count attempts of applications',
  'event-type.aggregate': 'Collect wanted event types',
  'endpoint.recover': 'Recover failed messages',
  'endpoint.replay': 'Replay missing messages',
  'endpoint.bulk-replay': 'Replay',
  'endpoint.cancel-msgs': 'Cancel waiting deliveries',
};
