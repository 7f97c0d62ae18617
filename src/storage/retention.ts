/** What has outlived its time. Instants of the clock that is shown; null: kept for ever. */
export interface RetainedBefore {
  /** Payloads go of messages that were published before, unless the message has a time of its own. */
  readonly payloadsBefore: number | null;
  /** Attempts go, and how deliveries ended, of messages that were published before. */
  readonly attemptsBefore: number | null;
  /** Messages go that were published before, with all of theirs. */
  readonly messagesBefore: number | null;
}

/** Its own times are those of all organizations that are in none of its groups. */
export interface RetentionRequest extends RetainedBefore {
  readonly now: number;
  /** Organizations with other times; each is in one group at most. */
  readonly groups: readonly RetentionGroup[];
  /** How far the others were looked at is remembered by this name, until it is not asked for any more. */
  readonly name: string;
  /** At most about this many messages are looked at. */
  readonly limit: number;
}

export interface RetentionGroup extends RetainedBefore {
  readonly organizationIds: readonly string[];
  /** As that of the request. Another one whenever the group is of other organizations. */
  readonly name: string;
}

/** The first is that of all organizations that are in no other one. */
export type AllGroups = readonly [RetentionGroup, ...RetentionGroup[]];

export function allGroups(request: RetentionRequest): AllGroups {
  return [{ ...request, organizationIds: [] }, ...request.groups];
}

/** Returns a function that answers the group of an organization. Null: one that is not known any more. */
export function groupFinder([others, ...groups]: AllGroups) {
  const byOrganization = new Map(
    groups.flatMap((group) => group.organizationIds.map((id) => [id, group])),
  );
  return (organizationId: string | null): RetentionGroup =>
    (organizationId === null ? undefined : byOrganization.get(organizationId)) ?? others;
}

export interface Removed {
  /** Messages that lost something. With partitions, one for each that was dropped. */
  readonly count: number;
  /** Nothing was left that could be removed now. */
  readonly done: boolean;
}

/** How long a payload stays at least that could not be removed because an attempt of it is owed. */
export const LOOK_AGAIN_MS = 60 * 60 * 1000;
