import type { Principal } from '../principal.ts';
import type { Upserted } from '../upserted.ts';
import type { ListenerOut, ListenerRequestsOut } from './listener-schemas.ts';

/**
 * Temporary endpoints whose attempts are taken by a program that nobody can reach. The program chooses
 * an id, opens the listener, asks for requests again and again, and answers each. It may ask any process.
 */
export interface ListenerOperations {
  /** Makes the endpoint, or renews the listener. It ends when nobody has asked for 90 seconds. */
  open(
    principal: Principal,
    app: string,
    listener: string,
    input: unknown,
  ): Promise<Upserted<ListenerOut>>;
  /**
   * Renews the listener, and answers its open requests as soon as there are some, at most 4 Mi
   * characters of them unless one alone is longer. `signal` ends the wait.
   */
  requests(
    principal: Principal,
    app: string,
    listener: string,
    options?: unknown,
    signal?: AbortSignal,
  ): Promise<ListenerRequestsOut>;
  /** The answer of the attempt. Nothing happens when nobody waits for it any more. */
  answer(
    principal: Principal,
    app: string,
    listener: string,
    request: string,
    input: unknown,
  ): Promise<void>;
  /** Deletes the endpoint. */
  close(principal: Principal, app: string, listener: string): Promise<void>;
}
