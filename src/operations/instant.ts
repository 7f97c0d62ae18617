import { z } from 'zod';

const EXPECTED = 'an instant in ISO 8601, such as 2026-01-31T12:00:00Z';

/**
 * An instant in any usual form of ISO 8601. Also accepted: a blank instead of `T`, `UTC` as the offset (which
 * Svix's tests use), and a blank instead of the `+` of the offset (an unescaped `+` in a URL). Without an offset
 * the instant is UTC. The output is milliseconds since the Unix epoch; further digits are cut off.
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
  const { date, hour, minute, second, fraction, offset } = FORM.exec(text)?.groups ?? {};
  if (date === undefined) return null;
  const day = date.replaceAll('-', '').replace(/^(....)(..)(..)$/, '$1-$2-$3');
  const ms = (fraction ?? '').slice(0, 3).padEnd(3, '0');
  const iso = `${day}T${hour ?? '00'}:${minute ?? '00'}:${second ?? '00'}.${ms}Z`;
  const at = new Date(iso);
  // `Date` accepts February 30 as March 2.
  if (Number.isNaN(at.getTime()) || at.toISOString() !== iso) return null;
  const offsetMinutes = minutesOf(offset);
  return offsetMinutes === null ? null : at.getTime() - offsetMinutes * 60_000;
}

const FORM =
  /^(?<date>\d{4}-\d\d-\d\d|\d{8})(?:[T ](?<hour>\d\d):?(?<minute>\d\d)(?::?(?<second>\d\d)(?:[.,](?<fraction>\d{1,12}))?)?(?<offset> ?Z| ?UTC|[+ -]\d\d(?::?\d\d)?)?)?$/i;

function minutesOf(offset: string | undefined): number | null {
  const digits = /^([+ -])(\d\d):?(\d\d)?$/.exec(offset ?? '');
  if (digits === null) return 0;
  const [, sign, hours, minutes = '0'] = digits;
  if (Number(hours) > 23 || Number(minutes) > 59) return null;
  const total = Number(hours) * 60 + Number(minutes);
  return sign === '-' ? -total : total;
}
