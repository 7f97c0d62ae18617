import { Stack, Text, Title } from '@mantine/core';
import { HeaderPanel } from '../../kit/endpoints/header-panel.tsx';
import { useHeaders } from '../../react/endpoints.ts';
import { usePortal } from '../../react/use-portal.ts';
import { AuthenticationPanel } from './authentication-panel.tsx';

/** What each request has besides the message. */
export function RequestPanel({ endpoint }: { endpoint: string }) {
  const { app, may } = usePortal();
  return (
    <div className="halves">
      <Stack gap="sm">
        <Title order={2}>Headers</Title>
        {may('endpoint:write') ? (
          <HeaderPanel app={app} endpoint={endpoint} />
        ) : (
          <ShownHeaders endpoint={endpoint} />
        )}
      </Stack>
      <Stack gap="sm">
        <Title order={2}>Authentication</Title>
        <AuthenticationPanel endpoint={endpoint} />
      </Stack>
    </div>
  );
}

function ShownHeaders({ endpoint }: { endpoint: string }) {
  const { data } = useHeaders(endpoint);
  const names = [...Object.keys(data?.headers ?? {}), ...(data?.sensitive ?? [])];
  return <Text size="sm">{names.length === 0 ? 'No headers of your own.' : names.join(', ')}</Text>;
}
