import { Button, Group, Stack, Text, Textarea, Title } from '@mantine/core';
import { useState } from 'react';
import { ApiError } from '../../kit/api/api-error.ts';
import type { EndpointOut } from '../../kit/api/types.ts';
import { EventTypeSelect } from '../../kit/event-types/event-type-select.tsx';
import { useExample } from '../../kit/event-types/use-example.ts';
import { DeliveryStory } from '../../kit/messages/delivery-story.tsx';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { useUnsaved } from '../../kit/unsaved/use-unsaved.ts';
import { useAttempts, useDeliveries, useSendExample } from '../../react/messages.ts';
import { usePortal } from '../../react/use-portal.ts';
import { paths } from '../paths.ts';

const PING = 'svix.ping';
const PINGED = { success: true };

/** Sends a test event, which can be edited, and shows its delivery. */
export function TestPanel({ endpoint }: { endpoint: EndpointOut }) {
  const send = useSendExample(endpoint.id);
  const [eventType, setEventType] = useState(PING);
  const example = useExample(eventType === PING ? null : eventType);
  /** Null: the example, unchanged. */
  const [typed, setTyped] = useState<string | null>(null);
  const [sent, setSent] = useState<string | null>(null);
  const [wrong, setWrong] = useState<ApiError | null>(null);
  useUnsaved('your changes to the test event', () => typed !== null && typed !== sent);
  const text = typed ?? textOf(eventType === PING ? PINGED : example.data);

  function choose(name: string) {
    setEventType(name);
    setTyped(null);
    setWrong(null);
  }

  function run() {
    try {
      const payload = payloadOf(text);
      setWrong(null);
      // `error` below says what went wrong.
      send.run({ eventType, payload }).then(
        () => setSent(text),
        () => {},
      );
    } catch (error) {
      setWrong(error as ApiError);
    }
  }

  return (
    <div className="halves">
      <Stack gap="sm">
        <EventTypeSelect
          label="Event type"
          others={[{ value: PING, label: 'Ping' }]}
          value={eventType}
          onChange={choose}
        />
        <ErrorNotice error={example.error} onRetry={example.reload} />
        <Textarea
          label="Payload"
          description="An example of the event type. You can change it. Only this endpoint gets it."
          classNames={{ input: 'mono' }}
          autosize
          minRows={6}
          maxRows={20}
          value={text}
          error={wrong?.message}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <ErrorNotice error={send.error} />
        <Group>
          <Button loading={send.isRunning || example.isLoading} onClick={run}>
            Send the test event
          </Button>
        </Group>
      </Stack>
      <Stack gap="sm" role="region" aria-label="Result" aria-live="polite">
        <Title order={2}>Result</Title>
        {send.result ? (
          <Outcome
            key={send.result.id}
            endpoint={endpoint.id}
            message={send.result.id}
            publishedAt={send.result.timestamp}
          />
        ) : (
          <Text size="sm" c="dimmed">
            Send the event to see the request and your server’s answer here. The event is signed
            like every other. The filters of the endpoint do not apply.
          </Text>
        )}
      </Stack>
    </div>
  );
}

interface Sent {
  readonly endpoint: string;
  readonly message: string;
  readonly publishedAt: string;
}

function Outcome({ endpoint, message, publishedAt }: Sent) {
  const { app } = usePortal();
  const deliveries = useDeliveries(message);
  const attempts = useAttempts(message);
  const delivery = deliveries.data?.find(({ id }) => id === endpoint);
  return (
    <>
      <ErrorNotice error={deliveries.error ?? attempts.error} />
      {delivery && (
        <DeliveryStory
          app={app}
          message={message}
          publishedAt={publishedAt}
          endpoint={delivery}
          attempts={attempts.data ?? []}
          endpointPage={paths.endpoint(endpoint)}
        />
      )}
    </>
  );
}

/** Empty until it is known. */
function textOf(payload: unknown): string {
  return payload === undefined ? '' : JSON.stringify(payload, null, 2);
}

function payloadOf(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ApiError(
      422,
      'validation',
      `This is not valid JSON: ${(error as Error).message}`,
      [],
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiError(422, 'validation', 'The payload must be an object: { … }', []);
  }
  return value as Record<string, unknown>;
}
