import { useApi } from '../kit/api/api-context.tsx';
import type { EventTypeOut } from '../kit/api/types.ts';
import { type List, type ListOptions, useList } from '../kit/hooks/use-list.ts';

/** The catalog as the application sees it, with schemas. */
export function useEventTypes(options: ListOptions = {}): List<EventTypeOut> {
  const api = useApi();
  return useList(['event-types'], (page, signal) => api.eventTypes.list(page, signal), {
    query: { with_content: true },
    ...options,
  });
}
