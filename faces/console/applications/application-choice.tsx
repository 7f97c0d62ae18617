import { Select } from '@mantine/core';
import { useApi } from '../../kit/api/api-context.tsx';
import { useRead } from '../../kit/hooks/use-read.ts';
import { useSearchValue } from '../../kit/hooks/use-search-value.ts';
import { visible } from '../../kit/words/visible.ts';

/** Which application a page is about; it stands in the address. */
export function ApplicationChoice() {
  const api = useApi();
  const [app, setApp] = useSearchValue('app');
  const known = useRead(['applications', 'names'], () => api.applications.list({ limit: 250 }));
  const options =
    known.data?.data.map(({ id, uid, name }) => ({
      value: uid ?? id,
      label: visible(uid === null ? name : `${name} (${uid})`),
    })) ?? [];
  const isListed = options.some(({ value }) => value === app);
  return (
    <Select
      label="Application"
      maw="24rem"
      placeholder="Type its name"
      searchable
      clearable
      clearButtonProps={{ 'aria-label': 'No application' }}
      nothingFoundMessage="No application is called that"
      data={app === '' || isListed ? options : [{ value: app, label: app }, ...options]}
      value={app === '' ? null : app}
      onChange={setApp}
      limit={100}
    />
  );
}
