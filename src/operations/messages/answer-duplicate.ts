import { PosthasteError, keyReused } from '../../domain/errors.ts';
import { type Message, isExpunged } from '../../domain/message.ts';
import type { AcceptResult, Storage } from '../../storage/storage.ts';
import { hasSameLifetimes } from './lifetimes.ts';

/**
 * The first message with this idempotency key. Throws `idempotency_key_reused` when that was a different message,
 * and `conflict` for an `eventId` that is taken.
 */
export async function answerDuplicate(
  storage: Storage,
  message: Message,
  { existingId, by }: Extract<AcceptResult, { accepted: false }>,
  keyPlace?: readonly string[],
): Promise<Message> {
  const first =
    by === 'idempotencyKey' ? await storage.messages.get(message.applicationId, existingId) : null;
  if (first !== null) {
    if (isSame(first, message)) return first;
    throw keyReused(keyPlace);
  }
  throw new PosthasteError('conflict', `A message with this eventId exists: ${existingId}`);
}

/**
 * Whether a repetition is the same message as the first. A deleted payload counts as the same, because it can't be
 * compared.
 */
function isSame(first: Message, repetition: Message): boolean {
  const isSameContent =
    isExpunged(first) ||
    (first.payload === repetition.payload &&
      first.contentType === repetition.contentType &&
      first.headers === repetition.headers);
  return (
    isSameContent &&
    hasSameLifetimes(first, repetition) &&
    first.eventType === repetition.eventType &&
    first.uid === repetition.uid &&
    JSON.stringify(first.channels) === JSON.stringify(repetition.channels) &&
    JSON.stringify(first.tags) === JSON.stringify(repetition.tags)
  );
}
