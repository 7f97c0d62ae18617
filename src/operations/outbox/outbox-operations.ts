import type { Message } from '../../domain/message.ts';
import type { Outbox, OutboxRefusal, OutboxRow } from '../../storage/storage.ts';
import type { PublishTrace } from '../messages/message-operations.ts';
import type { Principal } from '../principal.ts';

/** Messages that are sent inside a transaction of the caller's, and what becomes of them. */
export interface OutboxOperations {
  /**
   * MessageIn without `application`. Checks the message as `messages.create` does, calls `send` with
   * the row, which answers the id, and answers the message, which exists once the transaction has
   * committed. Its `createdAt` is known to the second.
   * Publish rates do not apply: nobody could be refused when the time comes.
   */
  send(
    principal: Principal,
    app: string,
    input: unknown,
    send: (row: NewOutboxRow) => Promise<string>,
    options?: Pick<PublishTrace, 'traceparent'>,
  ): Promise<Message>;
  /**
   * Turns the first rows of the outbox into messages and hands their deliveries over. Null: another
   * process does so now. `traceOf` is asked for the trace of each row that takes part, before anything of
   * it is stored; a row whose turn comes again is asked for again.
   */
  relay(outbox: Outbox, traceOf?: TraceOf): Promise<Relayed | null>;
}

/** What `NewMessage.trace` of the row shall be. */
export type TraceOf = (row: OutboxRow) => string | undefined;

/** The arguments of `posthaste.send`. */
export interface NewOutboxRow extends Pick<
  OutboxRow,
  | 'organizationId'
  | 'application'
  | 'eventType'
  | 'eventId'
  | 'channels'
  | 'contentType'
  | 'headers'
  | 'traceparent'
> {
  readonly payload: string;
}

export interface Relayed {
  /** Rows that left the outbox. */
  readonly rowCount: number;
  /** Those of them that became no message. */
  readonly refused: readonly { readonly row: OutboxRow; readonly refusal: OutboxRefusal }[];
}
