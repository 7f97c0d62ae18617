/** A failure whose message tells the user everything: shown on one line, without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
}
