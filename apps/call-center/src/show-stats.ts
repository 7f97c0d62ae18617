import { ACTIVE, COMPLETED, EXTENSIONS, WAITING } from './call-store.ts';
import type { CallStore, Status } from './call-store.ts';

const MINUTE_MS = 60_000;
const STATUS_NAMES = {
  [WAITING]: 'waiting',
  [ACTIVE]: 'active',
  [COMPLETED]: 'completed',
} as const;

export type Counts = Record<(typeof STATUS_NAMES)[Status], number>;

export interface ShownStats {
  /** All calls by status. */
  readonly counts: Counts;
  readonly extensions: readonly ({ readonly extension: string } & Counts)[];
  /** One entry for each of the last minutes, earliest first: the calls that came, by their status now. */
  readonly minutes: readonly ({ readonly minute: string } & Counts)[];
}

export function showStats(calls: CallStore, minuteCount: number, now: number): ShownStats {
  const thisMinute = Math.floor(now / MINUTE_MS);
  const firstMinute = thisMinute - minuteCount + 1;
  const stats = calls.stats(firstMinute * MINUTE_MS);
  const minutes = Array.from({ length: minuteCount }, (_, i) => firstMinute + i);
  return {
    counts: add(stats.extensions),
    extensions: EXTENSIONS.map((extension) => ({
      extension,
      ...add(stats.extensions.filter((one) => one.extension === extension)),
    })),
    minutes: minutes.map((minute) => ({
      minute: new Date(minute * MINUTE_MS).toISOString(),
      ...add(stats.minutes.filter((one) => one.minute === minute)),
    })),
  };
}

function add(rows: readonly { status: Status; count: number }[]): Counts {
  const counts: Counts = { waiting: 0, active: 0, completed: 0 };
  for (const { status, count } of rows) counts[STATUS_NAMES[status]] += count;
  return counts;
}
