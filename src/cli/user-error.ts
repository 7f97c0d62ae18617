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
