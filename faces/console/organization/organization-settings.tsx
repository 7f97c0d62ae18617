import { NativeSelect, Stack, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useApi } from '../../kit/api/api-context.tsx';
import type { SettingsOut } from '../../kit/api/types.ts';
import { useRead } from '../../kit/hooks/use-read.ts';
import { useAnnounce } from '../../kit/parts/announcer.tsx';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { useMay } from '../../kit/session/session-context.tsx';

/** Settings of the organization that apply to all its applications. */
export function OrganizationSettings() {
  const api = useApi();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const mayWrite = useMay('settings:write');
  const read = useRead(['settings'], () => api.status.settings());
  const saving = useMutation({
    mutationFn: api.status.patchSettings,
    onSuccess: async () => {
      announce('The setting is saved');
      await queries.invalidateQueries({ queryKey: ['settings'] });
    },
  });
  return (
    <section className="card" aria-label="Settings of the organization">
      <Stack gap="sm">
        <Title order={2}>Organization</Title>
        <NativeSelect
          label="A payload that does not match its event type’s schema"
          maw="28rem"
          data={CHOICES}
          disabled={!mayWrite || !read.data}
          value={read.data?.payloadValidation ?? 'off'}
          onChange={(event) =>
            saving.mutate({
              payloadValidation: event.currentTarget.value as SettingsOut['payloadValidation'],
            })
          }
        />
        <ErrorNotice error={read.error} onRetry={() => void read.refetch()} />
        <ErrorNotice error={saving.error} />
      </Stack>
    </section>
  );
}

const CHOICES: readonly { value: SettingsOut['payloadValidation']; label: string }[] = [
  { value: 'off', label: 'is accepted' },
  { value: 'warn', label: 'is accepted, with a warning in the response' },
  { value: 'reject', label: 'is rejected' },
];
