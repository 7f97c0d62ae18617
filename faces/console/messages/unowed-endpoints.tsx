import { Stack, Text, Title } from '@mantine/core';
import { useApi } from '../../kit/api/api-context.tsx';
import { useRead } from '../../kit/hooks/use-read.ts';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { Link } from '../../kit/parts/link.tsx';
import { paths } from '../paths.ts';

/** The endpoints of the application to which a message was never owed, each with the reason. */
export function UnowedEndpoints({ app, message }: { app: string; message: string }) {
  const api = useApi();
  const routing = useRead(['message', app, message, 'routing'], () =>
    api.messages.routing(app, message, { limit: 250 }),
  );
  const endpoints = useRead(['endpoints', app, 'urls'], () =>
    api.endpoints.list(app, { limit: 250 }),
  );
  const urls = new Map(endpoints.data?.data.map(({ id, url }) => [id, url]));
  const unowed = routing.data?.data.filter(({ status }) => status === null) ?? [];
  if (routing.error)
    return <ErrorNotice error={routing.error} onRetry={() => void routing.refetch()} />;
  if (unowed.length === 0) return null;
  return (
    <section className="card" aria-label="Endpoints that do not get this message">
      <Stack gap="xs">
        <Title order={3}>Endpoints that do not get this message</Title>
        <ul className="rows">
          {unowed.map(({ endpointId, endpointUid, detail }) => (
            <li key={endpointId}>
              <Stack gap={0} miw={0}>
                <Link
                  to={paths.endpointTab(app, endpointId, 'filters')}
                  className="break"
                  size="sm"
                >
                  {urls.get(endpointId) ?? endpointUid ?? endpointId}
                </Link>
                <Text size="sm" c="dimmed" className="break">
                  {sentence(detail ?? 'no reason is known')}
                </Text>
              </Stack>
            </li>
          ))}
        </ul>
        <Text size="xs" c="dimmed">
          Judged by the present filters of the endpoints.{' '}
          {routing.data?.done === false && 'These are of the first 250 endpoints.'}
        </Text>
      </Stack>
    </section>
  );
}

function sentence(detail: string): string {
  return `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`;
}
