import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ApiError, toApiError } from '../api/api-error.ts';

/** Something that can be done. */
export interface Act<In, Out> {
  /** Does it; rejects with `ApiError`. What has been read and may have changed is read anew. */
  readonly run: (input: In) => Promise<Out>;
  readonly isRunning: boolean;
  /** What came of the last time. */
  readonly result: Out | undefined;
  readonly error: ApiError | null;
  /** Forgets result and error. */
  readonly reset: () => void;
}

/** `changes`: the keys of what is to be read anew; default: nothing. */
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
