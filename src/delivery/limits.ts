/**
 * The numbers that bound delivery, in one place and as options: a test builds a small world of the
 * same shape as the real one.
 */
export interface DeliveryLimits {
  /** Hand-offs that the process holds: waiting, in flight, or not recorded yet. */
  readonly heldCount: number;
  /** Their payloads, in characters (one or two bytes each). A message to many endpoints counts for each. */
  readonly heldChars: number;
  /** The part of the free count that one lane may hold. */
  readonly laneCountPart: number;
  /** The part of the free characters that one lane may hold. */
  readonly laneCharsPart: number;
  /** Hand-offs that one lane may hold, however much is free. */
  readonly laneCount: number;
  /** Hand-offs that a lane may hold for each request of its window while its endpoint answers quickly. */
  readonly heldPerRequest: number;
  /** Hand-offs that a lane may hold for each request of its window while its endpoint is slow or failing. */
  readonly heldPerSlowRequest: number;
  /** A lane with a rate may hold as many as it can send in this time. */
  readonly rateHoldMs: number;
  /** Requests in flight that a new lane begins with. */
  readonly firstWindow: number;
  /** A request that takes longer is slow. */
  readonly slowMs: number;
  /** Attempts that have ended but are not recorded yet. A crash repeats them, and those in flight. */
  readonly unrecordedCount: number;
  /** Longest pause of a lane that a `Retry-After` can ask for. */
  readonly longestPushbackMs: number;
  /** Before a longer pause a lane releases the hand-offs that wait in it. */
  readonly holdThroughPauseMs: number;
  /** Deliveries that the sweeper claims at once, at most. */
  readonly sweepCount: number;
  /** Their payloads, in characters. */
  readonly sweepChars: number;
  /** How long a claim lasts. It runs out only when its hand-off was lost. */
  readonly claimMs: number;
}

export const DEFAULT_LIMITS: DeliveryLimits = {
  heldCount: 16_384,
  heldChars: 32 * 1024 * 1024,
  laneCountPart: 1 / 16,
  laneCharsPart: 1 / 4,
  laneCount: 1_024,
  heldPerRequest: 32,
  heldPerSlowRequest: 4,
  rateHoldMs: 4_000,
  firstWindow: 4,
  slowMs: 1_000,
  unrecordedCount: 1_024,
  longestPushbackMs: 15 * 60_000,
  holdThroughPauseMs: 1_000,
  sweepCount: 500,
  sweepChars: 4 * 1024 * 1024,
  claimMs: 5 * 60_000,
};
