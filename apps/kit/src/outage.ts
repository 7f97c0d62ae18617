export interface Outage {
  readonly away: (error: unknown) => void;
  readonly back: () => void;
}

export interface OutageLog {
  warn(message: string): void;
  info(message: string): void;
}

/** A peer whose reason differs at each try must not fill the log. */
const MOST_REASONS = 5;

/**
 * Logs an outage of a peer: one line for each reason, and one when the peer is back, however many tries
 * fail in between.
 */
export function createOutage(log: OutageLog, awayLine: string, backLine: string): Outage {
  const told = new Set<string>();
  return {
    away(error) {
      const reason = reasonOf(error);
      if (told.has(reason) || told.size === MOST_REASONS) return;
      told.add(reason);
      log.warn(`${awayLine}: ${reason}; trying again`);
    },
    back() {
      if (told.size > 0) log.info(backLine);
      told.clear();
    },
  };
}

/**
 * `fetch` has the reason as the `cause` of its error. When several addresses refuse, the error has a code but no
 * message.
 */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof TypeError && error.cause instanceof Error) return reasonOf(error.cause);
  return error.message || ((error as NodeJS.ErrnoException).code ?? error.name);
}
