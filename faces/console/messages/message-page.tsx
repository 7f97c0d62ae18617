import { Stack } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useApi } from '../../kit/api/api-context.tsx';
import type {
  ListOut,
  MessageAttemptOut,
  MessageEndpointOut,
  MessageOut,
} from '../../kit/api/types.ts';
import { useRead } from '../../kit/hooks/use-read.ts';
import { DeliveryStories, MOST_TOLD } from '../../kit/messages/delivery-stories.tsx';
import { MessagePayload } from '../../kit/messages/message-payload.tsx';
import { Confirm } from '../../kit/parts/confirm.tsx';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { Facts } from '../../kit/parts/facts.tsx';
import { Page } from '../../kit/parts/page.tsx';
import { Time } from '../../kit/parts/time.tsx';
import { Waiting } from '../../kit/parts/waiting.tsx';
import { useMay } from '../../kit/session/session-context.tsx';
import { paths } from '../paths.ts';
import { UnowedEndpoints } from './unowed-endpoints.tsx';

const EVERY_MS = 2_000;

/** One message: its facts, its payload, and its delivery to each endpoint. */
export function MessagePage() {
  const { app = '', message = '' } = useParams({ strict: false });
  const api = useApi();
  const read = useRead(['message', app, message], () => api.messages.get(app, message));
  // Requested with the message, not after it: `message` may be an event id, which the API accepts too.
  const endpoints = useRead(
    ['message', app, message, 'endpoints'],
    () => api.messages.endpoints(app, message, { limit: MOST_TOLD }),
    { everyMs: EVERY_MS },
  );
  const attempts = useRead(
    ['message', app, message, 'attempts'],
    () => api.messages.attempts(app, message, { limit: MOST_TOLD }),
    { everyMs: EVERY_MS },
  );
  return (
    <Page
      title={`Message ${message}`}
      trail={[
        { title: 'Applications', to: '/applications' },
        { title: app, to: paths.application(app) },
        { title: 'Messages', to: paths.messages(app) },
      ]}
      actions={read.data && <Actions app={app} message={read.data} />}
    >
      <ErrorNotice error={read.error} onRetry={() => void read.refetch()} />
      {read.isLoading && <Waiting />}
      {read.data && (
        <Told app={app} message={read.data} endpoints={endpoints} attempts={attempts} />
      )}
    </Page>
  );
}

interface ToldProps {
  readonly app: string;
  readonly message: MessageOut;
  readonly endpoints: UseQueryResult<ListOut<MessageEndpointOut>>;
  readonly attempts: UseQueryResult<ListOut<MessageAttemptOut>>;
}

function Told({ app, message, endpoints, attempts }: ToldProps) {
  return (
    <div className="halves">
      <Stack gap="md">
        <Facts
          of={{
            'Event type': <code>{message.eventType}</code>,
            Published: <Time at={message.timestamp} />,
            'Event id': message.eventId ?? undefined,
            'Delivered at': message.deliverAt && <Time at={message.deliverAt} />,
            Channels: message.channels?.join(', '),
            Tags: message.tags?.join(', '),
            'Media type': message.contentType,
          }}
        />
        <MessagePayload label="Payload" message={message} />
      </Stack>
      <Stack gap="md">
        <DeliveryStories
          app={app}
          message={message}
          endpoints={endpoints.data?.data}
          attempts={attempts.data?.data}
          error={endpoints.error ?? attempts.error}
          pageOf={(endpoint) => paths.endpoint(app, endpoint)}
          wayOut="An endpoint that should have got it can be caught up by “Replay missing messages” on the endpoint’s page."
        />
        <UnowedEndpoints app={app} message={message.id} />
      </Stack>
    </div>
  );
}

function Actions({ app, message }: { app: string; message: MessageOut }) {
  const api = useApi();
  const mayCancel = useMay('attempt:write');
  const mayExpunge = useMay('message:expunge');
  return (
    <>
      <Confirm
        title="Cancel waiting deliveries"
        act={() => api.messages.cancel(app, message.id)}
        done="The waiting deliveries are cancelled"
        disabled={!mayCancel}
      >
        Endpoints that still wait for this message will not get it. Attempts under way go on. A
        cancelled delivery can be resent.
      </Confirm>
      <Confirm
        title="Delete the payload"
        act={() => api.messages.deleteContent(app, message.id)}
        done="The payload is deleted"
        isDestructive
        disabled={!mayExpunge || message.payloadDeleted === true}
      >
        The payload is deleted for good, and waiting deliveries of the message are cancelled. The
        message and its attempts stay. This cannot be undone.
      </Confirm>
    </>
  );
}
