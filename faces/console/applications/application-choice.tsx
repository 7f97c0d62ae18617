import { Select } from '@mantine/core';
import { useState } from 'react';
import { useApi } from '../../kit/api/api-context.tsx';
import { useRead } from '../../kit/hooks/use-read.ts';
import { useSearchValue } from '../../kit/hooks/use-search-value.ts';
import { visible } from '../../kit/words/visible.ts';

/** Chooses the application of the page; the address has it. One beyond the first page of the list is typed as uid or id. */
export function ApplicationChoice() {
  const api = useApi();
  const [app, setApp] = useSearchValue('app');
  const known = useRead(['applications', 'names'], () => api.applications.list({ limit: 250 }));
  const options =
    known.data?.data.map(({ id, uid, name }) => ({
      value: uid ?? id,
      label: visible(uid === null ? name : `${name} (${uid})`),
    })) ?? [];
  const [typed, setTyped] = useState('');
  const others = [app, typed.trim()].filter(
    (name) => name !== '' && !options.some(({ value, label }) => name === value || name === label),
  );
  return (
    <Select
      label="Application"
      maw="24rem"
      placeholder="Type its name, uid or id"
      searchable
      clearable
      clearButtonProps={{ 'aria-label': 'No application' }}
      data={[...options, ...new Set(others)]}
      searchValue={typed}
      onSearchChange={setTyped}
      value={app === '' ? null : app}
      onChange={setApp}
      limit={100}
    />
  );
}
