import { Button, Group, NativeSelect, Stack, Text, Textarea, Title } from '@mantine/core';
import { useState } from 'react';
import { ApiError } from '../../kit/api/api-error.ts';
import type { EndpointOut, EventTypeOut } from '../../kit/api/types.ts';
import { exampleOf } from '../../kit/event-types/example-of.ts';
import { DeliveryStory } from '../../kit/messages/delivery-story.tsx';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { useUnsaved } from '../../kit/unsaved/use-unsaved.ts';
import { useEventTypes } from '../../react/event-types.ts';
import { useAttempts, useDeliveries, useSendExample } from '../../react/messages.ts';
import { usePortal } from '../../react/use-portal.ts';
import { paths } from '../paths.ts';

const PING = 'svix.ping';

/** A test event as it would come, edited if need be, and what becomes of it. */
export function TestPanel({ endpoint }: { endpoint: EndpointOut }) {
  const types = useEventTypes();
  const send = useSendExample(endpoint.id);
  const [eventType, setEventType] = useState(PING);
  const [text, setText] = useState(() => exampleText(undefined));
  /** What is there again without typing, or was sent. */
  const [kept, setKept] = useState(text);
  const [wrong, setWrong] = useState<ApiError | null>(null);
  useUnsaved('the test event', () => text !== kept);

  function choose(name: string) {
    setEventType(name);
    const example = exampleText(types.rows.find((type) => type.name === name));
    setText(example);
    setKept(example);
    setWrong(null);
  }

  function run() {
    try {
      const payload = payloadOf(text);
      setWrong(null);
      // `error` below says what went wrong.
      send.run({ eventType, payload }).then(
        () => setKept(text),
        () => {},
      );
    } catch (error) {
      setWrong(error as ApiError);
    }
  }

  return (
    <div className="halves">
      <Stack gap="sm">
        <NativeSelect
          label="Event type"
          data={[
            { value: PING, label: 'A ping' },
            ...types.rows.map(({ name }) => ({ value: name, label: name })),
          ]}
          value={eventType}
          onChange={(event) => choose(event.currentTarget.value)}
        />
        <Textarea
          label="Payload"
          description="The example of the event type. Change it as you like: only this endpoint gets it."
          classNames={{ input: 'mono' }}
          autosize
          minRows={6}
          maxRows={20}
          value={text}
          error={wrong?.message}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <ErrorNotice error={send.error} />
        <Group>
          <Button loading={send.isRunning} onClick={run}>
            Send the test event
          </Button>
        </Group>
      </Stack>
      <Stack gap="sm" role="region" aria-label="What became of it" aria-live="polite">
        <Title order={2}>What became of it</Title>
        {send.result ? (
          <Outcome
            key={send.result.id}
            endpoint={endpoint.id}
            message={send.result.id}
            publishedAt={send.result.timestamp}
          />
        ) : (
          <Text size="sm" c="dimmed">
            Send the event: its request and your answer are told here as they happen. It is signed
            as every other, and is sent whatever the filters say.
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

function exampleText(type: EventTypeOut | undefined): string {
  return JSON.stringify(type ? exampleOf(type) : { success: true }, null, 2);
}

function payloadOf(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ApiError(422, 'validation', `This is no JSON: ${(error as Error).message}`, []);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiError(422, 'validation', 'A payload is an object: { … }', []);
  }
  return value as Record<string, unknown>;
}
