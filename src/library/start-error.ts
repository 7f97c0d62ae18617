import { PosthasteError } from '../domain/errors.ts';

/** Why it could not start, as an error that callers know; the one of Node.js is its `cause`. */
export function startError(error: unknown): PosthasteError {
  if (error instanceof PosthasteError) return error;
  const { message, syscall } = error as NodeJS.ErrnoException;
  return syscall === 'listen' || syscall === 'getaddrinfo'
    ? new PosthasteError('configuration', `host or port cannot be listened on: ${message}`, {
        cause: error,
      })
    : new PosthasteError('internal', message, { cause: error });
}
