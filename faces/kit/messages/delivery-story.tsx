import { Button, Collapse, Group, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { useApi } from '../api/api-context.tsx';
import type { MessageAttemptOut, MessageEndpointOut } from '../api/types.ts';
import { useNow } from '../hooks/use-now.ts';
import { CodeBlock, readable } from '../parts/code-block.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { Facts } from '../parts/facts.tsx';
import { Link } from '../parts/link.tsx';
import { State } from '../parts/state.tsx';
import { useMay } from '../session/session-context.tsx';
import { attemptSentence, nextSentence } from '../words/sentences.ts';
import { STANDINGS } from '../words/states.ts';
import { clockTime, span } from '../words/times.ts';
import { AttemptExchange } from './attempt-exchange.tsx';

export interface DeliveryStoryProps {
  readonly app: string;
  readonly message: string;
  readonly publishedAt: string;
  readonly endpoint: MessageEndpointOut;
  /** The attempts of this message at this endpoint, in any order. */
  readonly attempts: readonly MessageAttemptOut[];
  /** Whether older attempts may be missing in `attempts`. */
  readonly isCut?: boolean;
  /** Whether the payload was deleted, so that the message can't be sent again. */
  readonly isGone?: boolean;
  /** The path of the endpoint's page. */
  readonly endpointPage: string;
}

/** The delivery of a message to one endpoint, told in sentences along a time line. */
export function DeliveryStory(props: DeliveryStoryProps) {
  const { app, message, publishedAt, endpoint, attempts, endpointPage } = props;
  const { isCut = false, isGone = false } = props;
  const api = useApi();
  const now = useNow();
  const mayResend = useMay('attempt:write');
  // Status 3 also means that the first attempt is under way: then nothing has failed yet.
  const isUntried = endpoint.status === 3 && attempts.length === 0 && !isCut;
  const { tone, text } = STANDINGS[isUntried ? 1 : endpoint.status];
  const inOrder = attempts.toSorted((one, other) => (one.timestamp < other.timestamp ? -1 : 1));
  return (
    <section className="card" aria-label={`Delivery to ${endpoint.url}`}>
      <Group justify="space-between" mb="xs" gap="xs">
        <Stack gap={2} miw={0}>
          <Link to={endpointPage} className="break clamped" fw={600}>
            {endpoint.url}
          </Link>
          <State tone={tone}>{text}</State>
        </Stack>
        {!isGone && (
          <Confirm
            title="Resend"
            act={() => api.messages.resend(app, message, endpoint.id)}
            done="The message is due at this endpoint now"
            disabled={!mayResend}
          >
            The message is sent to {endpoint.url} once more, now. Its schedule of retries stays.
          </Confirm>
        )}
      </Group>
      <ol className="timeline">
        <li>
          <span className="dot" aria-hidden />
          <Told at={publishedAt} now={now}>
            Published for this endpoint.
          </Told>
        </li>
        {inOrder.map((attempt) => (
          <AttemptEntry key={attempt.id} attempt={attempt} now={now} />
        ))}
        <li>
          <span className="dot" data-tone={tone} aria-hidden />
          <Text size="sm" fw={600}>
            {nextSentence(endpoint, now, isGone)}
          </Text>
        </li>
      </ol>
    </section>
  );
}

function AttemptEntry({ attempt, now }: { attempt: MessageAttemptOut; now: number }) {
  const [isOpen, details] = useDisclosure();
  return (
    <li>
      <span className="dot" data-tone={attempt.status === 0 ? 'good' : 'bad'} aria-hidden />
      <Told at={attempt.timestamp} now={now}>
        {attemptSentence(attempt)}{' '}
        <Button
          variant="subtle"
          size="compact-xs"
          aria-expanded={isOpen}
          onClick={details.toggle}
          aria-label={`Details of attempt ${attempt.attemptNumber}`}
        >
          {isOpen ? 'Less' : 'Details'}
        </Button>
      </Told>
      <Collapse expanded={isOpen}>
        <Stack gap="xs" py="xs">
          <Facts
            of={{
              Attempt: <code>{attempt.id}</code>,
              'Sent to': attempt.url,
              Status:
                attempt.responseStatusCode === 0 ? 'no answer' : String(attempt.responseStatusCode),
              Took: span(attempt.responseDurationMs),
              Failure: attempt.failure ?? undefined,
            }}
          />
          {attempt.exchange && <AttemptExchange exchange={attempt.exchange} />}
          <CodeBlock
            label="Response"
            text={attempt.response === '' ? '(empty)' : readable(attempt.response)}
          />
        </Stack>
      </Collapse>
    </li>
  );
}

function Told({ at, now, children }: { at: string; now: number; children: ReactNode }) {
  return (
    <Text size="sm" component="div" className="break">
      <time dateTime={at} className="told-at">
        {clockTime(at, now)}
      </time>{' '}
      {children}
    </Text>
  );
}
