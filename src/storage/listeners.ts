import type { Listener, ListenerAnswer, ListenerRequest } from '../domain/listener.ts';

/**
 * Listeners and their open requests: the mailbox between the process that attempts a delivery and the
 * one that a listener asks, which need not be the same. Nothing in it outlasts its time by much. Instants are
 * those of the caller's schedule: processes whose clocks differ agree when a time is over.
 */
export interface ListenerRepository {
  /** Stores a listener, or renews it. False: another application has one of this id. */
  keep(listener: Listener): Promise<boolean>;
  /** Null: there is none, or its time is over. */
  get(id: string, now: number): Promise<Listener | null>;
  /** How many listeners an application has whose time is not over. */
  count(applicationId: string, now: number): Promise<number>;
  /** Listeners whose time is over. */
  expired(now: number, limit: number): Promise<readonly Listener[]>;
  /** Deletes a listener with its requests. */
  delete(id: string): Promise<void>;
  /** Stores a request for its listener. False: there is no such listener any more. */
  ask(request: ListenerRequest, now: number): Promise<boolean>;
  /** Requests without an answer whose time is not over, oldest first, but for those named. */
  open(
    listenerId: string,
    known: readonly string[],
    now: number,
    limit: number,
  ): Promise<readonly ListenerRequest[]>;
  /** Keeps the first answer to a request. Nothing happens where nobody waits for it. */
  answer(listenerId: string, requestId: string, answer: ListenerAnswer): Promise<void>;
  /** The answers that are there to these requests. */
  answers(requestIds: readonly string[]): Promise<ReadonlyMap<string, ListenerAnswer>>;
  /** Deletes requests: nobody waits for them any more. */
  forget(requestIds: readonly string[]): Promise<void>;
  /** Deletes some requests whose time is over: the process that waited for them may have died. */
  forgetExpired(now: number): Promise<void>;
}
