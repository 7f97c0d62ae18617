import { useApi } from '../api/api-context.tsx';
import { type Thing, useThing } from '../hooks/use-thing.ts';
import { exampleOf } from './example-of.ts';

/** The example of an event type. With null nothing is read. */
export function useExample(name: string | null): Thing<unknown> {
  const api = useApi();
  return useThing(
    ['event-type', name, 'example'],
    async () => exampleOf(await api.eventTypes.get(name ?? '')),
    { enabled: name !== null },
  );
}
