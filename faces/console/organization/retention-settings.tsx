import { Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useApi } from '../../kit/api/api-context.tsx';
import { errorsByField } from '../../kit/api/api-error.ts';
import type { SettingsOut } from '../../kit/api/types.ts';
import { useRead } from '../../kit/hooks/use-read.ts';
import { useSaving } from '../../kit/hooks/use-saving.ts';
import { useAnnounce } from '../../kit/parts/announcer.tsx';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { Form } from '../../kit/parts/form.tsx';
import { Waiting } from '../../kit/parts/waiting.tsx';
import { useMay } from '../../kit/session/session-context.tsx';
import { numberOf, textOf } from '../../kit/words/numbers.ts';

/** How long data of the organization is kept, where that differs from the settings of the processes. */
export function RetentionSettings() {
  const api = useApi();
  const read = useRead(['settings'], () => api.status.settings());
  return (
    <section className="card" aria-label="Retention">
      <Stack gap="sm">
        <Title order={2}>Retention</Title>
        <Text size="sm" c="dimmed">
          How many days data of this organization is kept: 1 to 3650. Empty: the default of the
          installation. Applications and messages can have their own period for payloads.
        </Text>
        <ErrorNotice error={read.error} onRetry={() => void read.refetch()} />
        {read.isLoading && <Waiting rows={1} />}
        {read.data && <RetentionForm settings={read.data} />}
      </Stack>
    </section>
  );
}

function RetentionForm({ settings }: { readonly settings: SettingsOut }) {
  const api = useApi();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const mayWrite = useMay('settings:write');
  const [days, setDays] = useState(() => ({
    payloadRetentionPeriod: textOf(settings.payloadRetentionPeriod),
    attemptRetentionPeriod: textOf(settings.attemptRetentionPeriod),
    messageRetentionPeriod: textOf(settings.messageRetentionPeriod),
  }));
  const saving = useSaving({
    name: 'the retention',
    read: () => periodsOf(days),
    save: (_periods, changed) => api.status.patchSettings(changed),
    onSaved: async () => {
      announce('The retention is saved');
      await queries.invalidateQueries({ queryKey: ['settings'] });
    },
  });
  const errors = errorsByField(saving.error);
  return (
    <Form onSubmit={() => saving.mutate()}>
      <Stack gap="sm">
        <Group align="flex-end" gap="sm">
          {FIELDS.map(({ name, label }) => (
            <TextInput
              key={name}
              label={label}
              inputMode="numeric"
              value={days[name]}
              error={errors[name]}
              disabled={!mayWrite}
              onChange={(event) => setDays({ ...days, [name]: event.currentTarget.value })}
            />
          ))}
          <Button type="submit" disabled={!mayWrite} loading={saving.isPending}>
            Save the retention
          </Button>
        </Group>
        <ErrorNotice error={saving.error} />
      </Stack>
    </Form>
  );
}

function periodsOf(days: Readonly<Record<(typeof FIELDS)[number]['name'], string>>) {
  return {
    payloadRetentionPeriod: numberOf(days.payloadRetentionPeriod, 'payloadRetentionPeriod'),
    attemptRetentionPeriod: numberOf(days.attemptRetentionPeriod, 'attemptRetentionPeriod'),
    messageRetentionPeriod: numberOf(days.messageRetentionPeriod, 'messageRetentionPeriod'),
  };
}

const FIELDS = [
  { name: 'payloadRetentionPeriod', label: 'Payloads (days)' },
  { name: 'attemptRetentionPeriod', label: 'Attempts (days)' },
  { name: 'messageRetentionPeriod', label: 'Messages (days)' },
] as const;
