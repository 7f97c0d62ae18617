import { Group, NativeSelect } from '@mantine/core';
import type { MessageStatus } from '../api/types.ts';
import { useSearchValue } from '../hooks/use-search-value.ts';
import { FilterField } from '../parts/filter-field.tsx';
import { STANDINGS } from '../words/states.ts';

/** The filters of a list of messages, kept in the address. */
export function useMessageFilters() {
  const [type] = useSearchValue('type');
  const [tag] = useSearchValue('tag');
  const [channel] = useSearchValue('channel');
  const [from] = useSearchValue('from');
  const [until] = useSearchValue('until');
  const [status] = useSearchValue('status');
  return {
    isFiltered: [type, tag, channel, from, until, status].some((value) => value !== ''),
    query: {
      event_types: type,
      tag,
      channel,
      after: instantOf(from),
      before: instantOf(until),
    },
    status,
  };
}

export function MessageFilters({ states = [] }: { states?: readonly MessageStatus[] }) {
  return (
    <Group gap="xs" align="end" role="search" aria-label="Filters of messages">
      {states.length > 0 && <StatusFilter states={states} />}
      <FilterField name="type" label="Event type" placeholder="invoice.paid" width={WIDTH} />
      <FilterField name="tag" label="Tag" width={WIDTH} />
      <FilterField name="channel" label="Channel" width={WIDTH} />
      <FilterField name="from" label="From" type="datetime-local" />
      <FilterField name="until" label="Until" type="datetime-local" />
    </Group>
  );
}

function StatusFilter({ states }: { states: readonly MessageStatus[] }) {
  const [status, setStatus] = useSearchValue('status');
  return (
    <NativeSelect
      label="State"
      size="xs"
      data={[
        { value: '', label: 'All states' },
        ...states.map((state) => ({ value: String(state), label: STANDINGS[state].text })),
      ]}
      value={status}
      onChange={(event) => setStatus(event.currentTarget.value)}
    />
  );
}

/** All filters fit in one line beside the navigation. */
const WIDTH = 120;

function instantOf(local: string): string {
  const at = new Date(local);
  return local === '' || Number.isNaN(at.getTime()) ? '' : at.toISOString();
}
