import { ApiError, toApiError } from '@posthaste/faces/kit/api/api-error.ts';

export const STATUSES = ['waiting', 'active', 'completed'] as const;
export type StatusName = (typeof STATUSES)[number];
export type Counts = Readonly<Record<StatusName, number>>;

export interface Call {
  readonly callId: number;
  readonly number: string;
  /** The index of its name in `STATUSES`. */
  readonly status: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly extension: string;
}

export interface Stats {
  readonly counts: Counts;
  readonly extensions: readonly ({ readonly extension: string } & Counts)[];
  readonly minutes: readonly ({ readonly minute: string } & Counts)[];
  /** The provider cannot be reached, or refuses this call center. */
  readonly registrationFails: boolean;
}

export interface CallList {
  readonly calls: readonly Call[];
  readonly total: number;
}

/** What the reader asked to see; empty texts mean all. */
export interface View {
  readonly status: '' | StatusName;
  readonly number: string;
  readonly extension: '' | '900' | '901';
  readonly limit: number;
  /** From 1. */
  readonly page: number;
}

const DEADLINE_MS = 10_000;

export async function loadCalls(view: View, stop: AbortSignal): Promise<CallList> {
  const query = new URLSearchParams({
    limit: String(view.limit),
    offset: String((view.page - 1) * view.limit),
  });
  if (view.status !== '') query.set('status', String(STATUSES.indexOf(view.status)));
  if (view.number !== '') query.set('number', view.number);
  if (view.extension !== '') query.set('extension', view.extension);
  const { headers, json } = await request(`/calls?${query}`, stop);
  return { calls: json as readonly Call[], total: Number(headers.get('x-total-count')) };
}

export async function loadStats(stop: AbortSignal): Promise<Stats> {
  return (await request('/stats', stop)).json as Stats;
}

async function request(
  url: string,
  stop: AbortSignal,
): Promise<{ headers: Headers; json: unknown }> {
  try {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(DEADLINE_MS)]);
    const response = await fetch(url, { signal });
    if (!response.ok) throw await readErrors(response);
    return { headers: response.headers, json: await response.json() };
  } catch (error) {
    throw stop.aborted ? error : toApiError(error);
  }
}

/** The call center answers a list of `{errorCode, message}`; a proxy in front of it may answer anything. */
async function readErrors(response: Response): Promise<ApiError> {
  const errors: unknown = await response.json().catch(() => []);
  const { errorCode, message } = ((Array.isArray(errors) ? errors : [])[0] ?? {}) as {
    errorCode?: string;
    message?: string;
  };
  return new ApiError(
    response.status,
    errorCode ?? 'unknown',
    message ?? `The call center answered ${response.status}`,
    [],
  );
}
