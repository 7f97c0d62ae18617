import { Stack, Title } from '@mantine/core';
import { useApi } from '../../kit/api/api-context.tsx';
import { useRead } from '../../kit/hooks/use-read.ts';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { Facts } from '../../kit/parts/facts.tsx';
import { Page } from '../../kit/parts/page.tsx';
import { Waiting } from '../../kit/parts/waiting.tsx';
import { useIdentity, useMay } from '../../kit/session/session-context.tsx';
import { OrganizationSettings } from './organization-settings.tsx';
import { RetentionSettings } from './retention-settings.tsx';
import { SettingsInForce } from './settings-in-force.tsx';
import { Processes } from '../overview/processes.tsx';

/** The rights of the token, and the settings of organization and processes. */
export function SettingsPage() {
  const api = useApi();
  const { envId, permissionSource, rights } = useIdentity();
  const mayReadInstallation = useMay('installation:read');
  const status = useRead(['status'], () => api.status.get(), { everyMs: 5_000 });
  return (
    <Page title="Settings">
      <section className="card" aria-label="Who is signed in">
        <Stack gap="sm">
          <Title order={2}>Signed in</Title>
          <Facts
            of={{
              Organization: <code>{envId}</code>,
              By: permissionSource === 'RegionalAuthToken' ? 'an API key' : 'a signed token',
            }}
          />
          <Facts of={{ Rights: rights.join(', ') }} />
        </Stack>
      </section>
      <OrganizationSettings />
      <RetentionSettings />
      <Title order={2}>Processes</Title>
      <ErrorNotice error={status.error} onRetry={() => void status.refetch()} />
      {status.isLoading && <Waiting rows={1} />}
      {status.data && <Processes processes={status.data.processes} />}
      {mayReadInstallation && <SettingsInForce />}
    </Page>
  );
}
