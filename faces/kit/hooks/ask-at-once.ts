import { type QueryClient, isServer } from '@tanstack/react-query';

/**
 * Starts a request while the page is rendered; a query by itself starts only after the whole page is rendered.
 * Does nothing for a query that has been asked before, and in a page that a server renders.
 */
export function askAtOnce(
  queries: QueryClient,
  { queryKey }: { readonly queryKey: readonly unknown[] },
  ask: () => Promise<unknown>,
): void {
  if (!isServer && queries.getQueryState(queryKey) === undefined) ask().catch(() => {});
}
