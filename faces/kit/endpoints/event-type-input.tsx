import { TagsInput } from '@mantine/core';
import { useEventTypeNames } from '../event-types/use-event-type-names.ts';

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
  description = 'Empty: all event types. A pattern such as invoice.* matches a group.',
  error,
}: EventTypeInputProps) {
  const names = useEventTypeNames();
  return (
    <TagsInput
      label={label}
      description={description}
      data={[...(names.data ?? [])]}
      // The first that match the typed text: more of it finds the others.
      limit={100}
      value={[...value]}
      onChange={onChange}
      error={error}
      acceptValueOnBlur
      clearable={false}
    />
  );
}
