import type { Message } from '../../domain/message.ts';
import type { Keep } from '../idempotency.ts';
import type { ListOut } from '../paging.ts';
import type { Principal } from '../principal.ts';
import type { StandingMessage } from './attempt-out.ts';
import type {
  MessageAttemptHeadersOut,
  MessageAttemptOut,
  MessageEndpointOut,
} from './attempt-schemas.ts';

/** An attempt with its stored message, if `withMsg` was given. */
export interface AttemptOfEndpoint extends Omit<MessageAttemptOut, 'msg'> {
  readonly msg?: Message;
}

export interface AttemptOperations {
  /** AttemptListByMessageOptions; newest first. */
  listByMessage(
    principal: Principal,
    app: string,
    message: string,
    options?: unknown,
  ): Promise<ListOut<MessageAttemptOut>>;
  /** AttemptListOptions; newest first. */
  listByEndpoint(
    principal: Principal,
    app: string,
    endpoint: string,
    options?: unknown,
  ): Promise<ListOut<AttemptOfEndpoint>>;
  /** EndpointMessageListOptions. The messages that are or were owed to an endpoint; newest first. */
  listMessages(
    principal: Principal,
    app: string,
    endpoint: string,
    options?: unknown,
  ): Promise<ListOut<StandingMessage>>;
  get(
    principal: Principal,
    app: string,
    message: string,
    attempt: string,
  ): Promise<MessageAttemptOut>;
  /** When the headers of the attempt are not stored any more, the answer has none. */
  getHeaders(
    principal: Principal,
    app: string,
    message: string,
    attempt: string,
  ): Promise<MessageAttemptHeadersOut>;
  /** Deletes the stored response of an attempt; from then on it reads `EXPUNGED`. */
  expungeContent(
    principal: Principal,
    app: string,
    message: string,
    attempt: string,
  ): Promise<void>;
  /** DestinationListOptions. The endpoints that a message is owed to, including deleted ones, by id. */
  listDestinations(
    principal: Principal,
    app: string,
    message: string,
    options?: unknown,
  ): Promise<ListOut<MessageEndpointOut>>;
  /**
   * Makes the delivery due now, whatever its state; it keeps its step of the schedule. Rejects with
   * `missing_payload` when the payload of the message was deleted.
   */
  resend(
    principal: Principal,
    app: string,
    message: string,
    endpoint: string,
    keep?: Keep<void>,
  ): Promise<void>;
}
