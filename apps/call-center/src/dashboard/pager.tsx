import { Button, Group, NativeSelect, Text } from '@mantine/core';
import { whole } from '@posthaste/faces/kit/words/numbers.ts';
import type { View } from './api.ts';
import { LIMITS } from './use-view.ts';

interface PagerProps {
  readonly view: View;
  /** Null: not known yet. */
  readonly total: number | null;
  readonly onChange: (change: Partial<View>) => void;
}

export function Pager({ view: { page, limit }, total, onChange }: PagerProps) {
  if (total === null || total === 0) return null;
  const first = (page - 1) * limit + 1;
  const last = Math.min(page * limit, total);
  return (
    <Group gap="xs" justify="end" component="nav" aria-label="Pages">
      <NativeSelect
        size="xs"
        mr="auto"
        aria-label="Rows"
        data={LIMITS.map((one) => ({ value: String(one), label: `${one} rows` }))}
        value={String(limit)}
        onChange={(event) => onChange({ limit: Number(event.currentTarget.value) })}
      />
      <Text size="sm" c="dimmed">
        {whole(first)}–{whole(last)} of {whole(total)}
      </Text>
      <Group gap="xs" wrap="nowrap">
        <Button
          variant="default"
          disabled={page === 1}
          onClick={() => onChange({ page: page - 1 })}
        >
          Previous
        </Button>
        <Button
          variant="default"
          disabled={last >= total}
          onClick={() => onChange({ page: page + 1 })}
        >
          Next
        </Button>
      </Group>
    </Group>
  );
}
