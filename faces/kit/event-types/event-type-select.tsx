import { Select } from '@mantine/core';
import { useEventTypeNames } from './use-event-type-names.ts';

export interface EventTypeSelectProps {
  readonly label: string;
  /** Offered before the event types. */
  readonly others: readonly { readonly value: string; readonly label: string }[];
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** Chooses an event type by a part of its name, or one of `others`. */
export function EventTypeSelect({ label, others, value, onChange }: EventTypeSelectProps) {
  const names = useEventTypeNames();
  const types = names.data?.filter((name) => !others.some((other) => other.value === name)) ?? [];
  return (
    <Select
      label={label}
      data={[...others, ...types.map((name) => ({ value: name, label: name }))]}
      value={value}
      onChange={(chosen) => chosen !== null && onChange(chosen)}
      searchable
      allowDeselect={false}
      limit={MOST_SHOWN}
      nothingFoundMessage={names.isLoading ? 'Reading the event types…' : 'No event type matches'}
      error={names.error && 'The event types cannot be read'}
    />
  );
}

/** Of the event types that match; a longer text finds the others. */
const MOST_SHOWN = 100;
