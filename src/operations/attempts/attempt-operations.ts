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

/** With its message, when that was asked for, as it is stored. */
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
  /** Of an attempt whose headers are not known any more: none were sent. */
  getHeaders(
    principal: Principal,
    app: string,
    message: string,
    attempt: string,
  ): Promise<MessageAttemptHeadersOut>;
  /** Deletes the response that is kept of an attempt; it is `EXPUNGED` then. */
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
   * Makes the delivery due now, at its place in the schedule, whatever its state. Rejects with
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
