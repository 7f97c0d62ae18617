import { PosthasteError } from '../domain/errors.ts';

/** Converts an error of a start to a `PosthasteError`; the error of Node.js becomes its `cause`. */
export function startError(error: unknown): PosthasteError {
  if (error instanceof PosthasteError) return error;
  const { message, syscall } = error as NodeJS.ErrnoException;
  return syscall === 'listen' || syscall === 'getaddrinfo'
    ? new PosthasteError('configuration', `cannot listen on this host and port: ${message}`, {
        cause: error,
      })
    : new PosthasteError('internal', message, { cause: error });
}
