import { Group, NativeSelect, TextInput } from '@mantine/core';
import type { MessageStatus } from '../api/types.ts';
import { useSearchValue } from '../hooks/use-search-value.ts';
import { STANDINGS } from '../words/states.ts';

/** What a list of messages is narrowed by; it stands in the address. */
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
      <TextFilter name="type" label="Event type" placeholder="invoice.paid" />
      <TextFilter name="tag" label="Tag" />
      <TextFilter name="channel" label="Channel" />
      <TextFilter name="from" label="From" type="datetime-local" />
      <TextFilter name="until" label="Until" type="datetime-local" />
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
        { value: '', label: 'Every state' },
        ...states.map((state) => ({ value: String(state), label: STANDINGS[state].text })),
      ]}
      value={status}
      onChange={(event) => setStatus(event.currentTarget.value)}
    />
  );
}

interface TextFilterProps {
  readonly name: string;
  readonly label: string;
  readonly placeholder?: string;
  readonly type?: 'datetime-local';
}

/** All filters fit in one line beside the navigation. */
const WIDTH = 120;

/** Takes effect with Enter, or when the field is left. */
function TextFilter({ name, label, placeholder, type }: TextFilterProps) {
  const [value, setValue] = useSearchValue(name);
  return (
    <TextInput
      key={value}
      label={label}
      size="xs"
      defaultValue={value}
      {...(placeholder !== undefined && { placeholder })}
      {...(type === undefined ? { w: WIDTH } : { type })}
      onBlur={(event) => setValue(event.currentTarget.value.trim())}
      onKeyDown={(event) => event.key === 'Enter' && setValue(event.currentTarget.value.trim())}
    />
  );
}

function instantOf(local: string): string {
  const at = new Date(local);
  return local === '' || Number.isNaN(at.getTime()) ? '' : at.toISOString();
}
