import { type QueryClient, isServer } from '@tanstack/react-query';

/**
 * Asks for what a page is about to show while the page is rendered: a query by itself asks when all of it has been. Only
 * for what was never asked for; a page that a server renders asks for nothing.
 */
export function askAtOnce(
  queries: QueryClient,
  { queryKey }: { readonly queryKey: readonly unknown[] },
  ask: () => Promise<unknown>,
): void {
  if (!isServer && queries.getQueryState(queryKey) === undefined) ask().catch(() => {});
}
