import type { Message } from '../../domain/message.ts';
import type { Outbox, OutboxRefusal, OutboxRow } from '../../storage/storage.ts';
import type { PublishTrace } from '../messages/message-operations.ts';
import type { Principal } from '../principal.ts';

/** Messages that callers send inside their own transactions, and the relay that publishes them. */
export interface OutboxOperations {
  /**
   * MessageIn without `application`. Checks the message like `messages.create`, calls `send` with the row, which
   * must return the id, and returns the message. The message exists once the transaction has committed; its
   * `createdAt` is exact to the second. Publish rates do not apply, because the message can't be refused later.
   */
  send(
    principal: Principal,
    app: string,
    input: unknown,
    send: (row: NewOutboxRow) => Promise<string>,
    options?: Pick<PublishTrace, 'traceparent'>,
  ): Promise<Message>;
  /**
   * Turns the first rows of the outbox into messages and hands their deliveries over. Null: another process is
   * relaying now. `traceOf` is called for each row before the row's message is stored, and again when the row is
   * tried again.
   */
  relay(outbox: Outbox, traceOf?: TraceOf): Promise<Relayed | null>;
}

/** Returns `NewMessage.trace` for a row. */
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
  /** The rows among them that were refused. */
  readonly refused: readonly { readonly row: OutboxRow; readonly refusal: OutboxRefusal }[];
}
