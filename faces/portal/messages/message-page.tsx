import { Stack } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import type { MessageAttemptOut, MessageEndpointOut, MessageOut } from '../../kit/api/types.ts';
import type { Thing } from '../../kit/hooks/use-thing.ts';
import { DeliveryStories } from '../../kit/messages/delivery-stories.tsx';
import { MessagePayload } from '../../kit/messages/message-payload.tsx';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { Facts } from '../../kit/parts/facts.tsx';
import { Page } from '../../kit/parts/page.tsx';
import { Time } from '../../kit/parts/time.tsx';
import { Waiting } from '../../kit/parts/waiting.tsx';
import { useAttempts, useDeliveries, useMessage } from '../../react/messages.ts';
import { usePortal } from '../../react/use-portal.ts';
import { paths } from '../paths.ts';

/** One message: its payload, and its delivery to each endpoint. */
export function MessagePage() {
  const { message = '' } = useParams({ strict: false });
  const { data, error, isLoading, reload } = useMessage(message);
  // Requested with the message, not after it: `message` may be an event id, which the API accepts too.
  const deliveries = useDeliveries(message);
  const attempts = useAttempts(message);
  return (
    <Page title={`Message ${message}`} trail={[{ title: 'Messages', to: '/messages' }]}>
      <ErrorNotice error={error} onRetry={reload} />
      {isLoading && <Waiting />}
      {data && <Told message={data} deliveries={deliveries} attempts={attempts} />}
    </Page>
  );
}

interface ToldProps {
  readonly message: MessageOut;
  readonly deliveries: Thing<readonly MessageEndpointOut[]>;
  readonly attempts: Thing<readonly MessageAttemptOut[]>;
}

function Told({ message, deliveries, attempts }: ToldProps) {
  const { app } = usePortal();
  return (
    <div className="halves">
      <Stack gap="md">
        <Facts
          of={{
            'Event type': <code>{message.eventType}</code>,
            Published: <Time at={message.timestamp} />,
            'Event id': message.eventId ?? undefined,
            Channels: message.channels?.join(', '),
            Tags: message.tags?.join(', '),
            'Media type': message.contentType,
          }}
        />
        <MessagePayload label="Body of the request" message={message} />
      </Stack>
      <DeliveryStories
        app={app}
        message={message}
        endpoints={deliveries.data}
        attempts={attempts.data}
        error={deliveries.error ?? attempts.error}
        pageOf={paths.endpoint}
        wayOut="“Replay missing messages” on an endpoint’s page catches up."
      />
    </div>
  );
}
