import type { Message } from '../../domain/message.ts';
import type { ListOut } from '../paging.ts';
import type { BulkExpungeContentsOut, MessageCancelOut } from './message-schemas.ts';
import type { Principal } from '../principal.ts';

/**
 * Messages are answered as they are stored, with the payload as the JSON or raw text that was given.
 * `toMessageOut` and `messageJson` make the wire's form of one, with the payload parsed or exact.
 */
export interface MessageOperations {
  /**
   * MessageIn. Resolves when the message and all its deliveries are committed; the deliveries that
   * can be attempted now are handed over just after that. `payloadText` is the exact JSON text of
   * the payload, and the caller vouches that it is valid JSON; without it, `input.payload` is
   * printed. The same `idempotencyKey` within 12 hours answers the first message, or rejects with
   * `idempotency_key_reused` when the two differ; an `eventId` that is taken rejects with `conflict`.
   * Not for portals.
   */
  create(
    principal: Principal,
    app: string,
    input: unknown,
    options?: { payloadText?: string | undefined; idempotencyKey?: string | undefined },
  ): Promise<Message>;
  /** MessageListOptions; newest first. */
  list(principal: Principal, app: string, options?: unknown): Promise<ListOut<Message>>;
  get(principal: Principal, app: string, message: string): Promise<Message>;
  /**
   * BulkExpungeContentsIn. Removes the payloads for good and cancels what is owed of them. Answers what
   * became of each name. Not for portals.
   */
  bulkExpunge(principal: Principal, app: string, input: unknown): Promise<BulkExpungeContentsOut>;
  /**
   * Cancels the deliveries that wait: of a message that is not due yet, all. One under way goes on, and
   * ends with its result. Not for portals.
   */
  cancel(principal: Principal, app: string, message: string): Promise<MessageCancelOut>;
}
