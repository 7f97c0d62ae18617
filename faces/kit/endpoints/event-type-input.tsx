import { TagsInput } from '@mantine/core';
import { useApi } from '../api/api-context.tsx';
import { useRead } from '../hooks/use-read.ts';

export interface EventTypeInputProps {
  readonly value: readonly string[];
  readonly onChange: (value: string[]) => void;
  readonly label?: string;
  readonly description?: string;
  readonly error?: string | undefined;
}

/** Names of the catalog, and patterns such as `invoice.*`. */
export function EventTypeInput({
  value,
  onChange,
  label = 'Event types',
  description = 'None: all of them. A pattern such as invoice.* takes a whole family.',
  error,
}: EventTypeInputProps) {
  const api = useApi();
  const types = useRead(['event-types', 'names'], () => api.eventTypes.list({ limit: 250 }));
  return (
    <TagsInput
      label={label}
      description={description}
      data={types.data?.data.map(({ name }) => name) ?? []}
      value={[...value]}
      onChange={onChange}
      error={error}
      acceptValueOnBlur
      clearable={false}
    />
  );
}
