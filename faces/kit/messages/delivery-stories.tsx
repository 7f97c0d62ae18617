import { Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { MessageAttemptOut, MessageEndpointOut, MessageOut } from '../api/types.ts';
import { useNow } from '../hooks/use-now.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { ErrorNotice } from '../parts/error-notice.tsx';
import { whole } from '../words/numbers.ts';
import { DeliveryStory } from './delivery-story.tsx';

/** The number of endpoints, and of attempts, that are requested: the largest page of a list. */
export const MOST_TOLD = 250;

export interface DeliveryStoriesProps {
  readonly app: string;
  readonly message: MessageOut;
  /** The first endpoints of the message, at most `MOST_TOLD`. */
  readonly endpoints: readonly MessageEndpointOut[] | undefined;
  /** The newest attempts of the message at all endpoints, at most `MOST_TOLD`. */
  readonly attempts: readonly MessageAttemptOut[] | undefined;
  readonly error: unknown;
  readonly pageOf: (endpoint: string) => string;
  /** Shown when no endpoint gets the message: how to send it to one. */
  readonly wayOut: ReactNode;
}

/** The delivery of a message to each of its endpoints. */
export function DeliveryStories(props: DeliveryStoriesProps) {
  const { app, message, endpoints = [], attempts = [], error, pageOf, wayOut } = props;
  const isCut = attempts.length >= MOST_TOLD;
  const byEndpoint = Map.groupBy(attempts, ({ endpointId }) => endpointId);
  return (
    <Stack gap="md">
      <Title order={2}>Deliveries</Title>
      <ErrorNotice error={error} />
      {isCut && (
        <Text size="sm" c="dimmed">
          There are many attempts: the newest {whole(MOST_TOLD)} are told here.
        </Text>
      )}
      {endpoints.map((endpoint) => (
        <DeliveryStory
          key={endpoint.id}
          app={app}
          message={message.id}
          publishedAt={message.timestamp}
          endpoint={endpoint}
          attempts={byEndpoint.get(endpoint.id) ?? []}
          isCut={isCut}
          isGone={message.payloadDeleted === true}
          endpointPage={pageOf(endpoint.id)}
        />
      ))}
      {endpoints.length >= MOST_TOLD && (
        <Text size="sm" c="dimmed">
          These are the first {whole(MOST_TOLD)} endpoints. How the message stands with another is
          on the page of that one.
        </Text>
      )}
      {props.endpoints?.length === 0 && <NoDelivery message={message} wayOut={wayOut} />}
    </Stack>
  );
}

/** The shortest retention of deliveries that can be set: an hour. */
const SHORTEST_KEPT_MS = 3_600_000;

function NoDelivery({ message, wayOut }: Pick<DeliveryStoriesProps, 'message' | 'wayOut'>) {
  const isOld = useNow() - Date.parse(message.timestamp) > SHORTEST_KEPT_MS;
  return (
    <EmptyState title={isOld ? 'No delivery is known' : 'No endpoint gets this message'}>
      When it was published, no endpoint that was on wanted its event type, channel and payload
      {isOld && ', or its deliveries are no longer kept'}. {!message.payloadDeleted && wayOut}
    </EmptyState>
  );
}
