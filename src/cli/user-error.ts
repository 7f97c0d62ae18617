/** An error whose message is enough for the user: shown on one line, without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** No answer came, or the server was too busy or not able to: the same request may be answered later. */
export class PassingError extends UserError {
  /** How long the server asks to wait; null: it does not say. */
  readonly retryAfterMs: number | null;

  constructor(message: string, retryAfterMs: number | null = null) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The error of an answer with this status. */
export function errorOf(status: number, message: string, retryAfterMs: number | null): UserError {
  const isPassing = status >= 500 || status === 429;
  return isPassing ? new PassingError(message, retryAfterMs) : new UserError(message);
}
