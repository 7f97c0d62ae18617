import type { Handoff } from '../domain/delivery.ts';

/**
 * Carries hand-offs to the process that attempts them: hand-offs of this process's own lanes at once, those of
 * other owners through a broker, if there is one.
 *
 * The queue has no bound of its own, because callers have asked the engine's admission before. It guarantees
 * nothing: a hand-off can be lost, or arrive twice, late, or at a process that no longer owns its lane. The storage
 * has each delivery, so callers must never wait for a hand-off to arrive.
 */
export interface Queue {
  start(): Promise<void>;
  /** Stops consuming and closes. Later pushes and sends are ignored. */
  stop(): Promise<void>;

  /**
   * Takes hand-offs of this process's own lanes, claimed by this process. The consumer gets them before `push`
   * returns; without a consumer they are kept until there is one. Does not keep the array.
   */
  push(handoffs: readonly Handoff[]): void;

  /** Whether a hand-off sent to the process `owner` would probably arrive. */
  reaches(owner: number): boolean;
  /**
   * Sends hand-offs of unclaimed deliveries to the process that owns their lanes. Never throws or waits.
   * Hand-offs that certainly or possibly don't arrive are passed to `undelivered` later.
   */
  send(owner: number, handoffs: readonly Handoff[]): void;

  /**
   * Passes hand-offs that were pushed here, or sent to this process, to `receive`. One consumer per process.
   *
   * `capacity` is how many hand-offs the process can hold; it bounds those from elsewhere that are not acknowledged.
   * `receive` must not throw.
   */
  consume(capacity: number, receive: Receive): Consumer;

  /** Acknowledges hand-offs from elsewhere, so that they don't come again. Takes the received objects. */
  ack(handoffs: readonly Handoff[]): void;
}

export type Receive = (handoffs: readonly Handoff[], origin: Origin) => void;

/**
 * Where a hand-off comes from.
 *
 * - `here`: this process pushed it and has the claim.
 * - `elsewhere`: another process sent it. The delivery is unclaimed, or claimed by a faster process: take it over in
 *   the storage before attempting it, and never push or send it again.
 */
export type Origin = 'here' | 'elsewhere';

export interface Consumer {
  /** No hand-off is received after this resolves, and other processes learn that none can be sent here. */
  stop(): Promise<void>;
}
