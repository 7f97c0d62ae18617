/** Ages at which data expires, as instants of the wall clock; null: kept for ever. */
export interface RetainedBefore {
  /** Removes payloads of messages published before this, unless the message has an expiry of its own. */
  readonly payloadsBefore: number | null;
  /** Removes attempts and ended deliveries of messages published before this. */
  readonly attemptsBefore: number | null;
  /** Removes messages published before this, with all their data. */
  readonly messagesBefore: number | null;
}

/** The request's own instants apply to all organizations that are in none of its groups. */
export interface RetentionRequest extends RetainedBefore {
  readonly now: number;
  /** Organizations with other instants; each is in one group at most. */
  readonly groups: readonly RetentionGroup[];
  /** The progress for organizations without a group is stored under this name, until the name changes. */
  readonly name: string;
  /** At most about this many messages are read. */
  readonly limit: number;
}

export interface RetentionGroup extends RetainedBefore {
  readonly organizationIds: readonly string[];
  /** The progress of the group is stored under this name. It must change when the organizations change. */
  readonly name: string;
}

/** The first group stands for all organizations that are in no other group. */
export type AllGroups = readonly [RetentionGroup, ...RetentionGroup[]];

export function allGroups(request: RetentionRequest): AllGroups {
  return [{ ...request, organizationIds: [] }, ...request.groups];
}

/** Returns a function for the group of an organization; `null` stands for an organization that is gone. */
export function groupFinder([others, ...groups]: AllGroups) {
  const byOrganization = new Map(
    groups.flatMap((group) => group.organizationIds.map((id) => [id, group])),
  );
  return (organizationId: string | null): RetentionGroup =>
    (organizationId === null ? undefined : byOrganization.get(organizationId)) ?? others;
}

export interface Removed {
  /** Messages of which something was removed; a dropped partition counts as one. */
  readonly count: number;
  /** Whether nothing is left that could be removed now. */
  readonly done: boolean;
}

/** A payload that is kept because an attempt is owed is checked again after this time. */
export const LOOK_AGAIN_MS = 60 * 60 * 1000;
