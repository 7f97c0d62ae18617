import { NativeSelect } from '@mantine/core';
import { useApi } from '../../kit/api/api-context.tsx';
import { useRead } from '../../kit/hooks/use-read.ts';
import { useSearchValue } from '../../kit/hooks/use-search-value.ts';

/** Chooses one endpoint of the application, or all; the address has the choice. */
export function EndpointFilter({ app }: { app: string }) {
  const api = useApi();
  const [endpoint, setEndpoint] = useSearchValue('endpoint');
  const read = useRead(['endpoints', app, 'urls'], () => api.endpoints.list(app, { limit: 250 }));
  const known = read.data?.data ?? [];
  const isKnown = endpoint === '' || known.some(({ id }) => id === endpoint);
  return (
    <NativeSelect
      label="Endpoint"
      maw="24rem"
      data={[
        { value: '', label: 'Every endpoint' },
        ...(isKnown ? [] : [{ value: endpoint, label: endpoint }]),
        ...known.map(({ id, url }) => ({ value: id, label: url })),
      ]}
      value={endpoint}
      onChange={(event) => setEndpoint(event.currentTarget.value)}
    />
  );
}
