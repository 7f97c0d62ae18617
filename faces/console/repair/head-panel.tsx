import { Group, Stack, Text, Title } from '@mantine/core';
import { useApi } from '../../kit/api/api-context.tsx';
import { useNow } from '../../kit/hooks/use-now.ts';
import { useRead } from '../../kit/hooks/use-read.ts';
import { Confirm } from '../../kit/parts/confirm.tsx';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { Link } from '../../kit/parts/link.tsx';
import { useMay } from '../../kit/session/session-context.tsx';
import { attemptSentence } from '../../kit/words/sentences.ts';
import { counted } from '../../kit/words/numbers.ts';
import { ago } from '../../kit/words/times.ts';
import { paths } from '../paths.ts';

/** The message that an ordered endpoint waits for: it holds up all others. */
export function HeadPanel({ app, endpoint }: { app: string; endpoint: string }) {
  const api = useApi();
  const now = useNow();
  const may = useMay('attempt:write');
  const read = useRead(['head', app, endpoint], () => api.endpoints.head(app, endpoint), {
    everyMs: 2_000,
  });
  const head = read.data?.head;
  return (
    <section className="card" aria-label="The message that blocks all others">
      <Stack gap="xs">
        <Title order={2} size="h3">
          Ordered delivery
        </Title>
        <ErrorNotice error={read.error} onRetry={() => void read.refetch()} />
        {read.data && !head && (
          <Text size="sm">No message waits: the next one is sent at once.</Text>
        )}
        {head && read.data && (
          <>
            <Text size="sm" className="break">
              {counted(read.data.waiting, 'message waits', 'messages wait')}, first{' '}
              <Link to={paths.message(app, head.msgId)}>
                <code>{head.msgId}</code>
              </Link>{' '}
              ({head.eventType}), after {counted(head.attemptCount, 'attempt')}.{' '}
              {head.lastAttempt && `${attemptSentence(head.lastAttempt)} `}
              {head.nextAttempt === null
                ? 'An attempt is under way.'
                : `The next attempt: ${ago(head.nextAttempt, now)}.`}
            </Text>
            <Group>
              <Confirm
                title="Retry now"
                act={() => api.endpoints.retryHead(app, endpoint, head.msgId)}
                done="The message is due now"
                disabled={!may}
              >
                The message is attempted once more now. All others keep waiting for it.
              </Confirm>
              <Confirm
                title="Skip the message"
                act={() => api.endpoints.skipHead(app, endpoint, head.msgId)}
                done="The message is skipped"
                isDestructive
                disabled={!may}
              >
                This one delivery is cancelled, and the next message is attempted. The skipped
                message can be resent later, and takes its old place then.
              </Confirm>
            </Group>
          </>
        )}
      </Stack>
    </section>
  );
}
