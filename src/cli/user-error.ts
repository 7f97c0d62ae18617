/** An error whose message is enough for the user: shown on one line, without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
}
