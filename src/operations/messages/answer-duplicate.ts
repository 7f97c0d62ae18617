import { PosthasteError, keyReused } from '../../domain/errors.ts';
import { type Message, isExpunged } from '../../domain/message.ts';
import type { AcceptResult, Storage } from '../../storage/storage.ts';

/**
 * The first message with this idempotency key. Throws `idempotency_key_reused` when that was a different message,
 * and `conflict` for an `eventId` that is taken.
 */
export async function answerDuplicate(
  storage: Storage,
  message: Message,
  { existingId, by }: Extract<AcceptResult, { accepted: false }>,
): Promise<Message> {
  const first =
    by === 'idempotencyKey' ? await storage.messages.get(message.applicationId, existingId) : null;
  if (first !== null) {
    if (isSame(first, message)) return first;
    throw keyReused();
  }
  throw new PosthasteError('conflict', `A message with this eventId exists: ${existingId}`);
}

/** Whether both messages are the same. A deleted payload counts as the same, because it can't be compared. */
function isSame(one: Message, other: Message): boolean {
  const isSameContent =
    isExpunged(one) ||
    (one.payload === other.payload &&
      one.contentType === other.contentType &&
      one.headers === other.headers);
  return (
    isSameContent &&
    one.eventType === other.eventType &&
    one.uid === other.uid &&
    JSON.stringify(one.channels) === JSON.stringify(other.channels) &&
    JSON.stringify(one.tags) === JSON.stringify(other.tags)
  );
}
