import { ApiError } from '../api/api-error.ts';
import type { EndpointOut, EndpointPatch, PolicyIn } from '../api/types.ts';
import { numberOf, textOf } from '../words/numbers.ts';

/** An endpoint as its form has it: texts as they are typed. */
export interface EndpointDraft {
  readonly url: string;
  readonly description: string;
  readonly uid: string;
  readonly eventTypes: readonly string[];
  readonly channels: readonly string[];
  /** JSON; empty: none. */
  readonly filter: string;
  readonly throttleRate: string;
  readonly concurrency: string;
  readonly ordered: boolean;
  /** Seconds, with commas between; empty: inherited; `none`: no retries. */
  readonly retrySchedule: string;
  readonly timeoutMs: string;
  readonly success: '' | '2xx' | '200';
  readonly disableAfter: '' | 'never' | 'hours' | 'attempts';
  readonly disableAfterNumber: string;
}

export const NEW_ENDPOINT: EndpointDraft = {
  url: '',
  description: '',
  uid: '',
  eventTypes: [],
  channels: [],
  filter: '',
  throttleRate: '',
  concurrency: '',
  ordered: false,
  retrySchedule: '',
  timeoutMs: '',
  success: '',
  disableAfter: '',
  disableAfterNumber: '',
};

export function draftOf(endpoint: EndpointOut): EndpointDraft {
  const { policy } = endpoint;
  return {
    url: endpoint.url,
    description: endpoint.description,
    uid: endpoint.uid ?? '',
    eventTypes: endpoint.eventTypes ?? [],
    channels: endpoint.channels ?? [],
    filter: endpoint.filter === null ? '' : JSON.stringify(endpoint.filter, null, 2),
    throttleRate: textOf(endpoint.throttleRate),
    concurrency: textOf(endpoint.concurrency),
    ordered: endpoint.ordered,
    retrySchedule:
      policy.retrySchedule?.length === 0 ? NONE : (policy.retrySchedule ?? []).join(', '),
    timeoutMs: textOf(policy.timeoutMs),
    success: policy.success ?? '',
    ...disableDraft(policy),
  };
}

/** Throws `ApiError` when the filter is no JSON. */
export function inputOf(draft: EndpointDraft): EndpointPatch & { readonly url: string } {
  return {
    url: draft.url.trim(),
    description: draft.description,
    uid: draft.uid.trim() || null,
    eventTypes: draft.eventTypes.length > 0 ? [...draft.eventTypes] : null,
    channels: draft.channels.length > 0 ? [...draft.channels] : null,
    filter: filterOf(draft.filter),
    throttleRate: numberOf(draft.throttleRate),
    concurrency: numberOf(draft.concurrency),
    ordered: draft.ordered,
    policy: policyOf(draft),
  };
}

type Filter = NonNullable<EndpointPatch['filter']>;

/** What the endpoint wants, as the API takes it. Throws when the filter is no JSON. */
export function filtersOf({ eventTypes, channels, filter }: EndpointDraft) {
  return { eventTypes: [...eventTypes], channels: [...channels], filter: filterOf(filter) };
}

/** Refuses what is no JSON as the API refuses what is no filter. */
export function filterOf(text: string): Filter | null {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as Filter;
  } catch (error) {
    const message = `is no JSON: ${(error as Error).message}`;
    throw new ApiError(422, 'validation', `The filter ${message}`, [
      { place: 'body.filter', message },
    ]);
  }
}

function policyOf(draft: EndpointDraft): PolicyIn {
  const timeoutMs = numberOf(draft.timeoutMs);
  const number = Number(draft.disableAfterNumber);
  const after = {
    '': undefined,
    never: null,
    hours: { failingForSeconds: number * 3600 },
    attempts: { failedAttempts: number },
  }[draft.disableAfter];
  return {
    ...(draft.retrySchedule.trim() !== '' && {
      retrySchedule:
        draft.retrySchedule.trim() === NONE ? [] : draft.retrySchedule.split(',').map(Number),
    }),
    ...(timeoutMs !== null && { timeoutMs }),
    ...(draft.success !== '' && { success: draft.success }),
    ...(after !== undefined && { disableAfter: after }),
  };
}

function disableDraft({
  disableAfter,
}: PolicyIn): Pick<EndpointDraft, 'disableAfter' | 'disableAfterNumber'> {
  if (disableAfter === undefined) return { disableAfter: '', disableAfterNumber: '' };
  if (disableAfter === null) return { disableAfter: 'never', disableAfterNumber: '' };
  return 'failedAttempts' in disableAfter
    ? { disableAfter: 'attempts', disableAfterNumber: String(disableAfter.failedAttempts) }
    : { disableAfter: 'hours', disableAfterNumber: String(disableAfter.failingForSeconds / 3600) };
}

const NONE = 'none';
