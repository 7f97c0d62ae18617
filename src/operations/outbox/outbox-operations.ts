import type { Message } from '../../domain/message.ts';
import type { Outbox, OutboxRefusal, OutboxRow } from '../../storage/storage.ts';
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
  ): Promise<Message>;
  /**
   * Turns the first rows of the outbox into messages and hands their deliveries over. Null: another
   * process does so now.
   */
  relay(outbox: Outbox): Promise<Relayed | null>;
}

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
> {
  readonly payload: string;
}

export interface Relayed {
  /** Rows that left the outbox. */
  readonly rowCount: number;
  /** Those of them that became no message. */
  readonly refused: readonly { readonly row: OutboxRow; readonly refusal: OutboxRefusal }[];
}
