import type { OrganizationRetention } from './organization-settings.ts';

/** Retention in milliseconds; null: for ever. Payloads and attempts are removed with their message at the latest. */
export interface RetentionTimes {
  readonly payloadsMs: number | null;
  readonly attemptsMs: number | null;
  readonly messagesMs: number | null;
}

/** The times of an organization: its own, and where it has none those of the process. */
export function retentionTimesOf(
  own: OrganizationRetention,
  ofProcess: RetentionTimes,
): RetentionTimes {
  const ms = (days: number | null, other: number | null) => (days === null ? other : days * DAY_MS);
  return {
    payloadsMs: ms(own.payloadRetentionPeriod, ofProcess.payloadsMs),
    attemptsMs: ms(own.attemptRetentionPeriod, ofProcess.attemptsMs),
    messagesMs: ms(own.messageRetentionPeriod, ofProcess.messagesMs),
  };
}

const DAY_MS = 86_400_000;
