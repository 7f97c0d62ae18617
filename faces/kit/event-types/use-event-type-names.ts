import type { UseQueryResult } from '@tanstack/react-query';
import type { Api } from '../api/api.ts';
import { useApi } from '../api/api-context.tsx';
import type { EventTypeOut, ListOut } from '../api/types.ts';
import { useRead } from '../hooks/use-read.ts';

const PAGE_SIZE = 250;
const MOST = 10_000;

/** The names of all event types that can be chosen, read page by page to the end. */
export function useEventTypeNames(
  options: { enabled?: boolean } = {},
): UseQueryResult<readonly string[]> {
  const api = useApi();
  return useRead(['event-types', 'names'], () => namesOfAll(api.eventTypes.list), options);
}

async function namesOfAll(list: Api['eventTypes']['list']): Promise<readonly string[]> {
  const names: string[] = [];
  let page: ListOut<EventTypeOut> | null = null;
  while (!page?.done && names.length < MOST) {
    page = await list({ limit: PAGE_SIZE, iterator: page?.iterator });
    names.push(...page.data.map(({ name }) => name));
  }
  return names;
}
