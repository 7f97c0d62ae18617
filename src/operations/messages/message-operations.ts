import type { Message } from '../../domain/message.ts';
import type { ListOut } from '../paging.ts';
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
   * EventExampleIn. Publishes an example of an event type to one endpoint, whatever its filters; a
   * disabled one gets it when it is enabled. Resolves and repeats as `create`. Rejects with
   * `invalid_scheme` when there is no such example.
   */
  sendExample(
    principal: Principal,
    app: string,
    endpoint: string,
    input: unknown,
    options?: { idempotencyKey?: string | undefined },
  ): Promise<Message>;
  /** Deletes the payload, and cancels what is still owed of it. */
  expungeContent(principal: Principal, app: string, message: string): Promise<void>;
}
