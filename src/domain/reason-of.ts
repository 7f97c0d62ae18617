/**
 * Why something failed, in words. `fetch` keeps the reason behind an error of its own, and several addresses
 * that refuse give an error without a message.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof TypeError && error.cause instanceof Error) return reasonOf(error.cause);
  return error.message || ((error as NodeJS.ErrnoException).code ?? error.name);
}
