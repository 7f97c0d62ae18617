import type { Keep } from '../idempotency.ts';
import type { Principal } from '../principal.ts';
import type { EndpointHeadOut } from './head-schemas.ts';

/**
 * What an ordered endpoint waits for. Additive. All reject with `not_ordered` for any other endpoint, and
 * the changes with `not_the_head` when the message that they name is not the head, or no longer.
 */
export interface HeadOperations {
  head(principal: Principal, app: string, endpoint: string): Promise<EndpointHeadOut>;
  /** HeadChangeIn. Cancels the head, so that the next delivery is attempted; also during an attempt. */
  skipHead(
    principal: Principal,
    app: string,
    endpoint: string,
    input: unknown,
    keep?: Keep<void>,
  ): Promise<void>;
  /** HeadChangeIn. Makes the head due now, at its place in the schedule; nothing during an attempt. */
  retryHead(
    principal: Principal,
    app: string,
    endpoint: string,
    input: unknown,
    keep?: Keep<void>,
  ): Promise<void>;
}
