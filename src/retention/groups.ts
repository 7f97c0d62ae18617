import { createHash } from 'node:crypto';
import type { OrganizationRetention } from '../domain/organization-settings.ts';
import type {
  OrganizationWithRetention,
  RetainedBefore,
  RetentionRequest,
} from '../storage/storage.ts';

/** Retention in milliseconds; null: for ever. Payloads and attempts are removed with their message at the latest. */
export interface RetentionTimes {
  readonly payloadsMs: number | null;
  readonly attemptsMs: number | null;
  readonly messagesMs: number | null;
}

/**
 * Organizations with the same retention form one group, because each group's walk reads all messages, so there should
 * be few groups. A group's name is made from its retention and its members, and the name of the remaining group from
 * the organizations that are not in it: when a member joins or leaves, the walk starts again from the beginning.
 */
export function retentionGroups(
  now: number,
  times: RetentionTimes,
  organizations: readonly OrganizationWithRetention[],
): Pick<RetentionRequest, 'groups' | 'name' | keyof RetainedBefore> {
  const alike = Map.groupBy(organizations, (one) => JSON.stringify(timesOf(one, times)));
  const groups = [...alike].map(([text, members]) => {
    const organizationIds = members.map(({ organizationId }) => organizationId);
    const own = JSON.parse(text) as RetentionTimes;
    return { organizationIds, name: nameOf(text, organizationIds), ...before(now, own) };
  });
  const all = organizations.map(({ organizationId }) => organizationId);
  return { groups, name: all.length === 0 ? '' : nameOf('others', all), ...before(now, times) };
}

function timesOf(own: OrganizationRetention, others: RetentionTimes): RetentionTimes {
  const ms = (days: number | null, other: number | null) => (days === null ? other : days * DAY_MS);
  return {
    payloadsMs: ms(own.payloadRetentionPeriod, others.payloadsMs),
    attemptsMs: ms(own.attemptRetentionPeriod, others.attemptsMs),
    messagesMs: ms(own.messageRetentionPeriod, others.messagesMs),
  };
}

function before(now: number, times: RetentionTimes): RetainedBefore {
  const instant = (keptMs: number | null) => (keptMs === null ? null : now - keptMs);
  return {
    payloadsBefore: instant(times.payloadsMs),
    attemptsBefore: instant(times.attemptsMs),
    messagesBefore: instant(times.messagesMs),
  };
}

function nameOf(text: string, organizationIds: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify([text, organizationIds]));
  return hash.digest('base64url').slice(0, 22);
}

const DAY_MS = 86_400_000;
