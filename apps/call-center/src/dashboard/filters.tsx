import { Group, SegmentedControl, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { SearchIcon } from '@posthaste/faces/kit/shell/icons.tsx';
import { STATUSES } from './api.ts';
import type { View } from './api.ts';
import { SHOWN_STATUSES } from './statuses.ts';

const TYPING_MS = 200;

const STATUS_CHOICES = [
  { value: '', label: 'All' },
  ...STATUSES.map((value) => ({ value, label: SHOWN_STATUSES[value].title })),
];
const EXTENSION_CHOICES = [
  { value: '', label: 'Both' },
  { value: '900', label: '900' },
  { value: '901', label: '901' },
];

export interface FiltersProps {
  readonly view: View;
  readonly onChange: (change: Partial<View>) => void;
}

export function Filters({ view, onChange }: FiltersProps) {
  return (
    <Group gap="xs" role="search" aria-label="Filters of calls">
      <SegmentedControl
        size="xs"
        transitionDuration={0}
        aria-label="Status"
        data={STATUS_CHOICES}
        value={view.status}
        onChange={(status) => onChange({ status: status as View['status'] })}
      />
      <SegmentedControl
        size="xs"
        transitionDuration={0}
        aria-label="Extension"
        data={EXTENSION_CHOICES}
        value={view.extension}
        onChange={(extension) => onChange({ extension: extension as View['extension'] })}
      />
      <Contact number={view.number} onChange={(number) => onChange({ number })} />
    </Group>
  );
}

function Contact({ number, onChange }: { number: string; onChange: (number: string) => void }) {
  const [typed, setTyped] = useState(number);
  const changeSoon = useDebouncedCallback(onChange, TYPING_MS);
  useEffect(() => setTyped(number), [number]);

  return (
    <TextInput
      size="xs"
      flex="1 1 10rem"
      type="search"
      inputMode="tel"
      maxLength={14}
      aria-label="Contact"
      placeholder="Contact number"
      leftSection={<SearchIcon />}
      value={typed}
      onChange={({ currentTarget: { value } }) => {
        setTyped(value);
        changeSoon(value);
      }}
    />
  );
}
