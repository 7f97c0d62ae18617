import type { Endpoint } from './endpoint.ts';
import type { Message } from './message.ts';

/**
 * Whether an endpoint's filters let a message through: its type is one of the endpoint's, and the
 * two share a channel. An endpoint without event types or without channels takes all of them; one
 * with channels takes no message without a channel.
 */
export function wants(
  endpoint: Pick<Endpoint, 'eventTypes' | 'channels'>,
  message: Pick<Message, 'eventType' | 'channels'>,
): boolean {
  const { eventTypes, channels } = endpoint;
  if (eventTypes !== null && !eventTypes.includes(message.eventType)) return false;
  return channels === null || (message.channels ?? []).some((name) => channels.includes(name));
}
