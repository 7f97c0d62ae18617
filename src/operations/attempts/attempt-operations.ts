import type { Keep } from '../idempotency.ts';
import type { ListOut } from '../paging.ts';
import type { Principal } from '../principal.ts';
import type { MessageAttemptOut, MessageEndpointOut } from './attempt-schemas.ts';

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
  ): Promise<ListOut<MessageAttemptOut>>;
  get(
    principal: Principal,
    app: string,
    message: string,
    attempt: string,
  ): Promise<MessageAttemptOut>;
  /** ListOptions. The endpoints that a message is owed to, including deleted ones, by id. */
  listDestinations(
    principal: Principal,
    app: string,
    message: string,
    options?: unknown,
  ): Promise<ListOut<MessageEndpointOut>>;
  /** Makes the delivery due now and starts its schedule again, whatever its state. */
  resend(
    principal: Principal,
    app: string,
    message: string,
    endpoint: string,
    keep?: Keep<void>,
  ): Promise<void>;
}
