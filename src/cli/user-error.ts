/** An error whose message is enough for the user: shown on one line, without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** No answer came, or the server was overloaded or unavailable: the same request may succeed later. */
export class PassingError extends UserError {
  /** The `Retry-After` of the answer; null: none. */
  readonly retryAfterMs: number | null;

  constructor(message: string, retryAfterMs: number | null = null) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The error for an answer with this status. */
export function errorOf(status: number, message: string, retryAfterMs: number | null): UserError {
  const isPassing = status >= 500 || status === 429;
  return isPassing ? new PassingError(message, retryAfterMs) : new UserError(message);
}
