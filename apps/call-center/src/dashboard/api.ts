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
}

export interface CallsPage {
  readonly calls: readonly Call[];
  readonly total: number;
  readonly stats: Stats;
  readonly loadedAt: number;
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

export async function loadCalls(view: View, stop: AbortSignal): Promise<CallsPage> {
  const query = new URLSearchParams({
    limit: String(view.limit),
    offset: String((view.page - 1) * view.limit),
  });
  if (view.status !== '') query.set('status', String(STATUSES.indexOf(view.status)));
  if (view.number !== '') query.set('number', view.number);
  if (view.extension !== '') query.set('extension', view.extension);

  const signal = AbortSignal.any([stop, AbortSignal.timeout(DEADLINE_MS)]);
  const [calls, stats] = await Promise.all([
    request(`/calls?${query}`, signal),
    request('/stats', signal),
  ]);
  return {
    calls: (await calls.json()) as readonly Call[],
    total: Number(calls.headers.get('x-total-count')),
    stats: (await stats.json()) as Stats,
    loadedAt: Date.now(),
  };
}

async function request(url: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response;
}
