import type { DurationsOut } from '../api/types.ts';
import { once } from './once.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `1.2 s`, `4 min`, `3 h`, `2 d`: to two digits, as much as a glance takes in. */
export function span(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return `${Number((ms / SECOND).toFixed(1))} s`;
  if (ms < 90 * SECOND) return `${Math.round(ms / SECOND)} s`;
  if (ms < 90 * MINUTE) return `${Math.round(ms / MINUTE)} min`;
  if (ms < 36 * HOUR) return `${Math.round(ms / HOUR)} h`;
  return `${Math.round(ms / DAY)} d`;
}

/** Half of them, 95 % and 99 % took at most so long: `40 ms · 1.2 s · 4 s`. */
export function spans({ p50, p95, p99 }: DurationsOut): string {
  return [p50, p95, p99].map(span).join(' · ');
}

/** `just now`, `4 min ago`, `in 2 h`. */
export function ago(at: string, now: number): string {
  const ms = now - Date.parse(at);
  if (Math.abs(ms) < 2 * SECOND) return 'just now';
  const told = span(Math.round(Math.abs(ms) / SECOND) * SECOND);
  return ms > 0 ? `${told} ago` : `in ${told}`;
}

const exact = once(
  () => new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' }),
);
const clock = once(() => new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' }));
const dated = once(
  () => new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' }),
);

export function exactly(at: string): string {
  return exact().format(Date.parse(at));
}

/** The time of day, with the date unless it is today's. */
export function clockTime(at: string, now: number): string {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date(now).toDateString();
  return (isToday ? clock() : dated()).format(date);
}
