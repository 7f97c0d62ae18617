import type { FieldError, PosthasteError } from '../../domain/errors.ts';
import type { Message } from '../../domain/message.ts';
import type { ListOut } from '../paging.ts';
import type { Keep } from '../idempotency.ts';
import type {
  BulkExpungeContentsOut,
  MessagePrecheckOut,
  MessageRawPayloadOut,
} from './message-schemas.ts';
import type { MessageRoutingOut } from '../attempts/attempt-schemas.ts';
import type { RoutingOut } from './routing-schemas.ts';
import type { Principal } from '../principal.ts';

/** A message, and where it goes, if that was asked for. */
export interface PublishedMessage extends Message {
  readonly routing?: readonly RoutingOut[];
  /** What its payload lacks by the schema of its event type; absent: nothing, or nobody asks. Not stored. */
  readonly warnings?: readonly FieldError[];
}

/** Where a publish stands in a trace. */
export interface PublishTrace {
  /** The `traceparent` that came with the publish, as it came; read only where traces are made. */
  readonly traceparent?: string | undefined;
  /** Kept with the messages: `tracing/` gives it to the operation. */
  readonly trace?: string | undefined;
}

/** What became of one message of a batch. */
export type BatchResult =
  | { readonly message: PublishedMessage }
  | { readonly error: PosthasteError };

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
   * With `explain`, the answer has `routing`, by the endpoints that the message was fanned out to.
   */
  create(
    principal: Principal,
    app: string,
    input: unknown,
    options?: {
      payloadText?: string | undefined;
      idempotencyKey?: string | undefined;
      explain?: boolean;
    } & PublishTrace,
  ): Promise<PublishedMessage>;
  /**
   * Up to 1,000 MessageIn, each without `application` and perhaps with an `idempotencyKey`, in one commit:
   * each is accepted or refused by itself, and the results are in their order. `texts` are the JSON
   * texts of the messages, where they are known, for the exact payloads. The same
   * `idempotencyKey` within 12 hours answers the first message of each place; that of a message beats it. Not for portals.
   */
  createBatch(
    principal: Principal,
    app: string,
    body: { readonly input: unknown; readonly texts: readonly string[] | null },
    options?: { idempotencyKey?: string | undefined } & PublishTrace,
  ): Promise<BatchResult[]>;
  /** MessageListOptions; newest first. */
  list(principal: Principal, app: string, options?: unknown): Promise<ListOut<Message>>;
  get(principal: Principal, app: string, message: string): Promise<Message>;
  /**
   * DestinationListOptions. The endpoints of the application: which get the message by their present filters,
   * why the others do not, and how it stands with those that it was owed to. Oldest first.
   */
  routing(
    principal: Principal,
    app: string,
    message: string,
    options?: unknown,
  ): Promise<ListOut<MessageRoutingOut>>;
  rawPayload(principal: Principal, app: string, message: string): Promise<MessageRawPayloadOut>;
  /** MessagePrecheckIn. Whether a publish may reach anybody. */
  precheck(principal: Principal, app: string, input: unknown): Promise<MessagePrecheckOut>;
  /**
   * BulkExpungeContentsIn. Removes the payloads for good and cancels what is owed of them. Answers what
   * became of each name. Not for portals.
   */
  bulkExpunge(
    principal: Principal,
    app: string,
    input: unknown,
    keep?: Keep<BulkExpungeContentsOut>,
  ): Promise<BulkExpungeContentsOut>;
  /**
   * Cancels the deliveries that have not ended. An attempt under way goes on: its success counts, and after a
   * failure no other follows. Not for portals.
   */
  cancel(principal: Principal, app: string, message: string, keep?: Keep<void>): Promise<void>;
  /**
   * EventExampleIn. Publishes an example of an event type, or the payload that is given, to one endpoint, whatever its filters; a
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
