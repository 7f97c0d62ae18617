import type { Principal } from '../principal.ts';
import type { Upserted } from '../upserted.ts';
import type { ListenerOut, ListenerRequestsOut } from './listener-schemas.ts';

/**
 * Temporary endpoints for a program that can't be reached from outside. The program chooses an id, opens the
 * listener, fetches requests repeatedly, and answers each. It may call any process of the installation.
 */
export interface ListenerOperations {
  /** Creates the endpoint, or renews the listener. The listener expires 90 seconds after the last call. */
  open(
    principal: Principal,
    app: string,
    listener: string,
    input: unknown,
  ): Promise<Upserted<ListenerOut>>;
  /**
   * Renews the listener, and resolves with its open requests as soon as there are any: at most 4 Mi characters,
   * but at least one request. `signal` ends the wait.
   */
  requests(
    principal: Principal,
    app: string,
    listener: string,
    options?: unknown,
    signal?: AbortSignal,
  ): Promise<ListenerRequestsOut>;
  /** Gives the response of the attempt. Does nothing when the attempt has ended already. */
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
