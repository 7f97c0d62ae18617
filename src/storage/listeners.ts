import type { Listener, ListenerAnswer, ListenerRequest } from '../domain/listener.ts';

/**
 * Listeners and their open requests: a mailbox between the process that attempts a delivery and the process
 * that the listening program polls, which may be another one. Entries are deleted soon after they expire.
 * Instants are those of the caller's schedule: processes whose clocks differ agree on when an entry expires.
 */
export interface ListenerRepository {
  /** Stores a listener, or renews it. False: another application has a listener with this id. */
  keep(listener: Listener): Promise<boolean>;
  /** Null: there is no such listener, or it has expired. */
  get(id: string, now: number): Promise<Listener | null>;
  /** How many listeners of the application have not expired. */
  count(applicationId: string, now: number): Promise<number>;
  /** Listeners that have expired. */
  expired(now: number, limit: number): Promise<readonly Listener[]>;
  /** Deletes a listener with its requests. */
  delete(id: string): Promise<void>;
  /** Stores a request for its listener. False: there is no such listener any more. */
  ask(request: ListenerRequest, now: number): Promise<boolean>;
  /** Requests without an answer that have not expired, oldest first, without the given ones. */
  open(
    listenerId: string,
    known: readonly string[],
    now: number,
    limit: number,
  ): Promise<readonly ListenerRequest[]>;
  /** Keeps the first answer to a request. Does nothing when the request is gone. */
  answer(listenerId: string, requestId: string, answer: ListenerAnswer): Promise<void>;
  /** The answers to these requests, as far as they have arrived. */
  answers(requestIds: readonly string[]): Promise<ReadonlyMap<string, ListenerAnswer>>;
  /** Deletes requests: nobody waits for them any more. */
  forget(requestIds: readonly string[]): Promise<void>;
  /** Deletes some expired requests: the process that waited for them may have died. */
  forgetExpired(now: number): Promise<void>;
}
