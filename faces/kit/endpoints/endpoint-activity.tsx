import { Group, Text } from '@mantine/core';
import { useApi } from '../api/api-context.tsx';
import { useRead } from '../hooks/use-read.ts';
import { Sparkline } from '../parts/sparkline.tsx';
import { percentage } from '../words/numbers.ts';

const EVERY_MS = 30_000;

/** The attempts at an endpoint in the last day, as a small chart. */
export function EndpointActivity({ app, endpoint }: { app: string; endpoint: string }) {
  const api = useApi();
  const read = useRead(
    ['statistics', app, endpoint, 'day'],
    () => api.endpoints.day(app, endpoint),
    { everyMs: EVERY_MS },
  );
  if (!read.data) return null;
  const { successCount, failureCount } = read.data.total;
  const total = successCount + failureCount;
  if (total === 0) {
    return (
      <Text span size="sm" c="dimmed">
        No attempts
      </Text>
    );
  }
  const failed = percentage(failureCount / total);
  return (
    <Group gap="xs" wrap="nowrap">
      <Sparkline
        good={read.data.data.successCount}
        bad={read.data.data.failureCount}
        label={`Of ${total} attempts in 24 hours ${failed} failed`}
      />
      <Text span size="sm" className={failureCount > 0 ? 'tone-bad' : 'tone-good'}>
        {failed} failed
      </Text>
    </Group>
  );
}
