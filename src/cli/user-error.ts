/** An error whose message is enough for the user: shown on one line, without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** No answer came, or the server was too busy or not able to: the same request may be answered later. */
export class PassingError extends UserError {}
