import type { EndpointOut, EndpointPatch, PolicyIn } from '../api/types.ts';
import { neededNumberOf, numberOf, textOf } from '../words/numbers.ts';
import { parsedJson } from '../words/parsed-json.ts';

/** The fields of the endpoint form, as typed. */
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

/** The input for the API. Throws `ApiError` when the filter is not JSON or a number is not a number. */
export function inputOf(draft: EndpointDraft): EndpointPatch & { readonly url: string } {
  return {
    url: draft.url.trim(),
    description: draft.description,
    uid: draft.uid.trim() || null,
    eventTypes: draft.eventTypes.length > 0 ? [...draft.eventTypes] : null,
    channels: draft.channels.length > 0 ? [...draft.channels] : null,
    filter: filterOf(draft.filter),
    throttleRate: numberOf(draft.throttleRate, 'throttleRate'),
    concurrency: numberOf(draft.concurrency, 'concurrency'),
    ordered: draft.ordered,
    policy: policyOf(draft),
  };
}

type Filter = NonNullable<EndpointPatch['filter']>;

/** The filter fields as input for the API. Throws when the filter is not JSON. */
export function filtersOf({ eventTypes, channels, filter }: EndpointDraft) {
  return { eventTypes: [...eventTypes], channels: [...channels], filter: filterOf(filter) };
}

/** Null for an empty text. Throws when the text is not JSON. */
export function filterOf(text: string): Filter | null {
  return text.trim() === '' ? null : (parsedJson(text, 'filter') as Filter);
}

function policyOf(draft: EndpointDraft): PolicyIn {
  const timeoutMs = numberOf(draft.timeoutMs, 'timeoutMs');
  const disableAfter = disableAfterOf(draft);
  return {
    ...(draft.retrySchedule.trim() !== '' && { retrySchedule: scheduleOf(draft.retrySchedule) }),
    ...(timeoutMs !== null && { timeoutMs }),
    ...(draft.success !== '' && { success: draft.success }),
    ...(disableAfter !== undefined && { disableAfter }),
  };
}

function scheduleOf(text: string): number[] {
  if (text.trim() === NONE) return [];
  return text.split(',').map((pause) => neededNumberOf(pause, 'retrySchedule'));
}

function disableAfterOf(draft: EndpointDraft): PolicyIn['disableAfter'] {
  if (draft.disableAfter === '') return undefined;
  if (draft.disableAfter === 'never') return null;
  const number = neededNumberOf(draft.disableAfterNumber, 'disableAfterNumber');
  return draft.disableAfter === 'hours'
    ? { failingForSeconds: number * 3600 }
    : { failedAttempts: number };
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
