import { z } from 'zod';

const EXPECTED = 'an instant in ISO 8601, such as 2026-01-31T12:00:00Z';

/**
 * An instant in any usual form of ISO 8601: dates by month, week or day of the year, with or without separators. Also
 * accepted: a blank instead of `T` and before the offset, `UTC` as the offset (which Svix's tests use), and a blank
 * instead of the `+` of the offset (an unescaped `+` in a URL). Without an offset the instant is UTC. The output is
 * milliseconds since the Unix epoch; further digits are cut off. A year alone is refused: it is rather a wrong number.
 */
export const requiredInstant = z
  .union([z.date(), z.string().meta({ format: 'date-time' })], {
    error: ({ input }) =>
      input === undefined ? `is required: ${EXPECTED}` : `must be ${EXPECTED}`,
  })
  .transform((value, context) => {
    const at = typeof value === 'string' ? parseInstant(value) : value.getTime();
    if (at !== null && !Number.isNaN(at)) return at;
    context.addIssue({
      code: 'custom',
      message: `must be ${EXPECTED}`,
    });
    return z.NEVER;
  });

export const instant = requiredInstant.nullish();

/** An instant in an answer, in ISO 8601 and UTC; null stays null. */
export function isoOrNull(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

export function parseInstant(text: string): number | null {
  const { date, hour = '00', minute = '00', second = '00', fraction, offset } = partsOf(text);
  const dayAt = date === undefined ? null : beginOf(date);
  const offsetMs = offsetOf(offset);
  const [hours, minutes, seconds] = [hour, minute, second].map(Number) as [number, number, number];
  const ms = Number((fraction ?? '').slice(0, 3).padEnd(3, '0'));
  const sinceDayMs = hours * HOUR_MS + minutes * MINUTE_MS + seconds * 1_000 + ms;
  // 24:00 is the end of a day, and second 60 a leap second, which counts as the second after it.
  const exists = (hours <= 23 || sinceDayMs === DAY_MS) && minutes <= 59 && seconds <= 60;
  if (dayAt === null || offsetMs === null || !exists) return null;
  return dayAt + sinceDayMs - offsetMs;
}

const DAY = /\d{4}-\d\d-\d\d|\d{4}-?\d{3}|\d{8}|\d{4}-W\d\d-[1-7]|\d{4}W\d\d[1-7]/.source;
const MONTH_OR_WEEK = /\d{4}-\d\d|\d{4}-?W\d\d/.source;
const TIME =
  /(?<hour>\d\d)(?::?(?<minute>\d\d)(?::?(?<second>\d\d)(?:[.,](?<fraction>\d{1,12}))?)?)?/.source;
const OFFSET = / ?(?:Z|UTC|[+ -]\d\d(?::?\d\d(?::?\d\d)?)?)/.source;
const FORM = new RegExp(
  `^(?:(?<date>${DAY})(?:[T ]${TIME}(?<offset>${OFFSET})?)?|(?<date>${MONTH_OR_WEEK}))$`,
  'i',
);

type Part = 'date' | 'hour' | 'minute' | 'second' | 'fraction' | 'offset';

function partsOf(text: string): Partial<Record<Part, string>> {
  return FORM.exec(text)?.groups ?? {};
}

/** The beginning of a month, a week, or a day of a month, a week or a year. */
function beginOf(date: string): number | null {
  const [year, rest] = [date.slice(0, 4), date.slice(4).replaceAll('-', '')];
  if (/^W/i.test(rest)) return dayOfWeek(year, Number(rest.slice(1, 3)), Number(rest[3] ?? 1));
  if (rest.length === 3) return dayOfYear(year, Number(rest));
  const iso = `${year}-${rest.slice(0, 2)}-${rest.slice(2) || '01'}`;
  const at = new Date(`${iso}T00:00:00Z`);
  // `Date` accepts February 30 as March 2.
  return Number.isNaN(at.getTime()) || !at.toISOString().startsWith(iso) ? null : at.getTime();
}

function dayOfYear(year: string, day: number): number | null {
  const at = yearStart(year) + (day - 1) * DAY_MS;
  return day > 0 && isInYear(at, year) ? at : null;
}

/** The first week of a year is the one with January 4, and a week belongs to the year of its Thursday. */
function dayOfWeek(year: string, week: number, day: number): number | null {
  const january4 = yearStart(year) + 3 * DAY_MS;
  const sinceMonday = (new Date(january4).getUTCDay() + 6) % 7;
  const monday = january4 + ((week - 1) * 7 - sinceMonday) * DAY_MS;
  return isInYear(monday + 3 * DAY_MS, year) ? monday + (day - 1) * DAY_MS : null;
}

function yearStart(year: string): number {
  return Date.parse(`${year}-01-01T00:00:00Z`);
}

function isInYear(at: number, year: string): boolean {
  return new Date(at).getUTCFullYear() === Number(year);
}

function offsetOf(text = 'Z'): number | null {
  const digits = /([+ -])(\d\d):?(\d\d)?:?(\d\d)?$/.exec(text);
  if (digits === null) return 0;
  const [, sign, hours, minutes = '0', seconds = '0'] = digits;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return null;
  const ms = Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * 1_000;
  return sign === '-' ? -ms : ms;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
