import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useApi } from '../api/api-context.tsx';
import { ErrorNotice } from '../parts/error-notice.tsx';
import { State } from '../parts/state.tsx';
import { Time } from '../parts/time.tsx';
import type { FilterTestIn } from '../api/types.ts';
import type { EndpointOf } from './endpoint-of.ts';

export interface FilterPreviewProps extends EndpointOf {
  /** The filters to test; throws when the filter is not JSON. */
  readonly draft: () => FilterTestIn;
}

/** Shows which recent messages match the filters, and why the others don't. */
export function FilterPreview({ app, endpoint, draft }: FilterPreviewProps) {
  const api = useApi();
  const test = useMutation({
    mutationFn: async () => api.endpoints.testFilter(app, endpoint, { ...draft(), limit: 50 }),
  });
  const found = test.data?.data;
  const matched = found?.filter(({ matches }) => matches).length ?? 0;
  return (
    <Stack gap="xs">
      <Group>
        <Button variant="default" loading={test.isPending} onClick={() => test.mutate()}>
          Test on recent messages
        </Button>
        {found && (
          <Text size="sm" role="status">
            {found.length === 0
              ? 'The application has no messages yet.'
              : `${matched} of the last ${found.length} messages match.`}
          </Text>
        )}
      </Group>
      <ErrorNotice error={test.error} />
      {found && found.length > 0 && (
        <ul className="rows" aria-label="Recent messages">
          {found.map((message) => (
            <li key={message.id}>
              <State tone={message.matches ? 'good' : 'off'}>
                {message.matches ? 'Matches' : (message.detail ?? 'Does not match')}
              </State>
              <span className="clip">
                <code>{message.eventType}</code>
              </span>
              <Text size="sm" c="dimmed" span>
                <Time at={message.timestamp} />
              </Text>
            </li>
          ))}
        </ul>
      )}
    </Stack>
  );
}
