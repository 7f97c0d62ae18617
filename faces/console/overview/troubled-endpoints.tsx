import { Skeleton, Stack, Text, Title } from '@mantine/core';
import { useApi } from '../../kit/api/api-context.tsx';
import { useNow } from '../../kit/hooks/use-now.ts';
import { useRead } from '../../kit/hooks/use-read.ts';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { Link } from '../../kit/parts/link.tsx';
import { State } from '../../kit/parts/state.tsx';
import { counted } from '../../kit/words/numbers.ts';
import { troubleState } from '../../kit/words/states.ts';
import { visible } from '../../kit/words/visible.ts';
import { paths } from '../paths.ts';

/** The endpoints that need attention, those in trouble for longest first. */
export function TroubledEndpoints() {
  const api = useApi();
  const now = useNow();
  const read = useRead(['troubled'], () => api.status.troubledEndpoints(), { everyMs: 5_000 });
  return (
    <section className="card" aria-label="Endpoints in trouble">
      <Stack gap="sm">
        <Title order={2}>Endpoints in trouble</Title>
        <ErrorNotice error={read.error} onRetry={() => void read.refetch()} />
        {read.isLoading && <Skeleton height={200} />}
        {read.data?.data.length === 0 && (
          <Text size="sm" c="dimmed">
            None: every endpoint is on and accepted the last message sent to it.
          </Text>
        )}
        <ul className="rows">
          {read.data?.data.map((endpoint) => {
            const { tone, text } = troubleState(endpoint, now);
            return (
              <li key={endpoint.id}>
                <Stack gap={0} miw={0}>
                  <Link
                    to={paths.endpointTab(endpoint.appId, endpoint.id, 'repair')}
                    className="break"
                    size="sm"
                  >
                    {endpoint.url}
                  </Link>
                  <Text size="xs" c="dimmed" className="clip">
                    {visible(endpoint.appName)}
                    {endpoint.failedCount > 0 &&
                      ` · ${counted(endpoint.failedCount, 'failed attempt')}`}
                  </Text>
                </Stack>
                <State tone={tone}>{text}</State>
              </li>
            );
          })}
        </ul>
        {read.data?.isComplete === false && (
          <Text size="sm" c="dimmed">
            And more: these are the {read.data.data.length} that are so the longest.
          </Text>
        )}
      </Stack>
    </section>
  );
}
