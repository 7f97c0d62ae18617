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

/** A published message, and its routing, if the caller asked for it. */
export interface PublishedMessage extends Message {
  readonly routing?: readonly RoutingOut[];
  /**
   * Where the payload does not match the schema of its event type; absent when it matches, or when the
   * organization has no validation. Not stored.
   */
  readonly warnings?: readonly FieldError[];
}

/** The position of a publish in a trace. */
export interface PublishTrace {
  /** The unchecked `traceparent` of the publish; read only when tracing is on. */
  readonly traceparent?: string | undefined;
  /** The trace that is stored with the messages, set by `tracing/`. */
  readonly trace?: string | undefined;
}

/** The result of one message of a batch. */
export type BatchResult =
  | { readonly message: PublishedMessage }
  | { readonly error: PosthasteError };

/**
 * Messages are returned in their stored form, with the payload as the given JSON or raw text. `toMessageOut` and
 * `messageJson` convert a message to the API's form, with the payload parsed or as its exact text.
 */
export interface MessageOperations {
  /**
   * MessageIn. Resolves when the message and all its deliveries are committed; deliveries that can be attempted
   * now are handed over just after that. `payloadText` is the exact JSON text of the payload, and must be
   * valid JSON; without it, `input.payload` is printed. The same `idempotencyKey` within 12 hours returns the
   * first message, or rejects with `idempotency_key_reused` when the two differ; an `eventId` that is taken
   * rejects with `conflict`. With `explain`, the result has `routing`.
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
   * Up to 1,000 MessageIn in one commit, each without `application` and optionally with an `idempotencyKey`. Each
   * is accepted or refused by itself; the results are in the same order. `texts` are the exact JSON texts of the
   * messages, if known. The same `idempotencyKey` of the batch within 12 hours returns the first message of each
   * position; a message's own key takes precedence. Not for portals.
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
   * DestinationListOptions. The endpoints of the application, oldest first: whether each gets the message by its
   * present filters, or why not, and the status of the delivery, if there is one.
   */
  routing(
    principal: Principal,
    app: string,
    message: string,
    options?: unknown,
  ): Promise<ListOut<MessageRoutingOut>>;
  rawPayload(principal: Principal, app: string, message: string): Promise<MessageRawPayloadOut>;
  /** MessagePrecheckIn. Whether any endpoint may get such a message. */
  precheck(principal: Principal, app: string, input: unknown): Promise<MessagePrecheckOut>;
  /**
   * BulkExpungeContentsIn. Removes the payloads for good and cancels their pending deliveries. Returns the result
   * for each given name. Not for portals.
   */
  bulkExpunge(
    principal: Principal,
    app: string,
    input: unknown,
    keep?: Keep<BulkExpungeContentsOut>,
  ): Promise<BulkExpungeContentsOut>;
  /**
   * Cancels the pending deliveries. An attempt under way goes on: a success counts, and after a failure no other
   * attempt follows. Not for portals.
   */
  cancel(principal: Principal, app: string, message: string, keep?: Keep<void>): Promise<void>;
  /**
   * EventExampleIn. Publishes an example of an event type, or the given payload, to one endpoint, whatever its
   * filters; a disabled endpoint gets it when it is enabled. Resolves, and handles repetitions, like `create`.
   * Rejects with `invalid_scheme` when there is no such example.
   */
  sendExample(
    principal: Principal,
    app: string,
    endpoint: string,
    input: unknown,
    options?: { idempotencyKey?: string | undefined },
  ): Promise<Message>;
  /** Deletes the payload, and cancels the pending deliveries. */
  expungeContent(principal: Principal, app: string, message: string): Promise<void>;
}
