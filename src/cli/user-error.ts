/** A failure that its message explains: shown on one line, without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
}
