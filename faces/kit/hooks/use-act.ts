import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ApiError, toApiError } from '../api/api-error.ts';

/** An operation that changes something, and its state. */
export interface Act<In, Out> {
  /** Runs the operation; rejects with `ApiError`. The queries that it may have changed are read again. */
  readonly run: (input: In) => Promise<Out>;
  readonly isRunning: boolean;
  /** The result of the last run. */
  readonly result: Out | undefined;
  readonly error: ApiError | null;
  /** Forgets result and error. */
  readonly reset: () => void;
}

/** `changes`: the keys of the queries to read again after the operation; default: none. */
export function useAct<In, Out>(
  act: (input: In) => Promise<Out>,
  changes: readonly (readonly unknown[])[] = [],
): Act<In, Out> {
  const queries = useQueryClient();
  const mutation = useMutation({
    mutationFn: act,
    onSuccess: () =>
      Promise.all(changes.map((queryKey) => queries.invalidateQueries({ queryKey }))),
  });
  return {
    run: mutation.mutateAsync,
    isRunning: mutation.isPending,
    result: mutation.data,
    error: mutation.error && toApiError(mutation.error),
    reset: mutation.reset,
  };
}
