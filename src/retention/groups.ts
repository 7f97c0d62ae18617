import { createHash } from 'node:crypto';
import { type RetentionTimes, retentionTimesOf } from '../domain/retention-times.ts';
import type {
  OrganizationWithRetention,
  RetainedBefore,
  RetentionRequest,
} from '../storage/storage.ts';

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
  const alike = Map.groupBy(organizations, (one) => JSON.stringify(retentionTimesOf(one, times)));
  const groups = [...alike].map(([text, members]) => {
    const organizationIds = members.map(({ organizationId }) => organizationId);
    const own = JSON.parse(text) as RetentionTimes;
    return { organizationIds, name: nameOf(text, organizationIds), ...before(now, own) };
  });
  const all = organizations.map(({ organizationId }) => organizationId);
  return { groups, name: all.length === 0 ? '' : nameOf('others', all), ...before(now, times) };
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
