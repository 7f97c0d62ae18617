import { PosthasteError, keyReused } from '../../domain/errors.ts';
import { type Message, isExpunged } from '../../domain/message.ts';
import type { AcceptResult, Storage } from '../../storage/storage.ts';

type Refused = Exclude<AcceptResult, { accepted: true }>;

/**
 * The first message of an idempotency key. `idempotency_key_reused` when that was another message;
 * `conflict` for an `eventId` that is taken.
 */
export async function answerDuplicate(
  storage: Pick<Storage, 'messages'>,
  message: Message,
  { existingId, by }: Refused,
): Promise<Message> {
  const first =
    by === 'idempotencyKey' ? await storage.messages.get(message.applicationId, existingId) : null;
  if (first !== null) {
    if (isSame(first, message)) return first;
    throw keyReused();
  }
  throw new PosthasteError('conflict', `A message with this eventId exists: ${existingId}`);
}

/** Whether both publish the same. */
function isSame(first: Message, other: Message): boolean {
  return (
    (isExpunged(first) ||
      (first.payload === other.payload && first.contentType === other.contentType)) &&
    first.eventType === other.eventType &&
    first.uid === other.uid &&
    JSON.stringify(first.channels) === JSON.stringify(other.channels)
  );
}
