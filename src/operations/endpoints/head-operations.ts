import type { Keep } from '../idempotency.ts';
import type { Principal } from '../principal.ts';
import type { EndpointHeadOut } from './head-schemas.ts';

/**
 * The head of an ordered endpoint: the delivery for which all others wait. Additive. All operations reject with
 * `not_ordered` for other endpoints; changes reject with `not_the_head` when the given message is not the head.
 */
export interface HeadOperations {
  head(principal: Principal, app: string, endpoint: string): Promise<EndpointHeadOut>;
  /** HeadChangeIn. Cancels the head, also during an attempt, so that the next delivery is attempted. */
  skipHead(
    principal: Principal,
    app: string,
    endpoint: string,
    input: unknown,
    keep?: Keep<void>,
  ): Promise<void>;
  /** HeadChangeIn. Makes the head due now; it keeps its step of the schedule. Does nothing during an attempt. */
  retryHead(
    principal: Principal,
    app: string,
    endpoint: string,
    input: unknown,
    keep?: Keep<void>,
  ): Promise<void>;
}
