/**
 * Calls a function of the application that nothing waits for. An error goes to `onError`, also that of a promise that
 * the function returns: an unhandled rejection would end the process.
 */
export function callBack(call: () => unknown, onError: (error: unknown) => void): void {
  try {
    const result = call();
    if (isThenable(result)) void Promise.resolve(result).then(() => {}, onError);
  } catch (error) {
    onError(error);
  }
}

/** Also true for a query of a query builder, which is no `Promise` and runs only when it is awaited. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
