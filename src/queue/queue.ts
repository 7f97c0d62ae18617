import type { Handoff } from '../domain/delivery.ts';

/**
 * Carries claimed deliveries from the process that accepted or claimed them to one that attempts
 * them. Only a hand-off: whatever it loses is found again in the storage when the claim ends.
 *
 * It is short on purpose. It holds a bounded number of hand-offs and of bytes, counted from
 * `reserve` until `ack`; when there is no room, deliveries stay unclaimed in the storage and the
 * sweeper brings them later. That keeps memory flat under a backlog of millions.
 */
export interface Queue {
  start(): Promise<void>;
  /** Stops consuming and closes; hand-offs that were not acknowledged are dropped or redelivered. */
  stop(): Promise<void>;

  /** Takes room for hand-offs about to be claimed. False: no room (or the broker is away), nothing was taken. */
  reserve(count: number, bytes: number): boolean;
  /** Gives back room that was reserved and not pushed. */
  unreserve(count: number, bytes: number): void;
  /** Hand-offs that `reserve` would take now. */
  room(): number;

  /**
   * Takes hand-offs whose room was reserved. Never throws or waits: what the broker does not take
   * is handed over within this process if it consumes, or else forgotten, and the storage brings it
   * again when its claim ends.
   */
  push(handoffs: readonly Handoff[]): void;
  /**
   * Delivers hand-offs in the order in which they were pushed, at most `prefetch` unacknowledged at
   * a time. One consumer per process. `redelivered` hand-offs may be held by somebody else by now.
   */
  consume(
    prefetch: number,
    receive: (handoffs: readonly Handoff[], redelivered: boolean) => void,
  ): Consumer;
  /** Ends hand-offs that were received: their outcome is in the storage. Frees their room. */
  ack(handoffs: readonly Handoff[]): void;
}

export interface Consumer {
  /** No hand-off is received after this resolves. */
  stop(): Promise<void>;
}

/**
 * What the operations need of delivery: room before they commit, hand-over after it. In a process
 * that delivers, the engine implements it over the queue and its lanes.
 */
export interface Dispatch {
  /** How long a claim lasts from now that is made for a hand-over. */
  readonly claimMs: number;
  /**
   * Takes room for one delivery to the endpoint. True: insert it claimed and hand it over (or call
   * `cancel`). False: its lane or the queue is full; insert it unclaimed and call `wake`.
   */
  reserve(endpointId: string, bytes: number): boolean;
  /** Gives back reserved room: the commit failed. */
  cancel(endpointId: string, bytes: number): void;
  /** Committed deliveries whose room was reserved. */
  handOver(handoffs: readonly Handoff[]): void;
  /** Unclaimed work exists that is due at `dueAt`. */
  wake(dueAt: number): void;
  /** The endpoint was changed, enabled, disabled or deleted: forget its breaker, look again for work. */
  endpointChanged(endpointId: string): void;
}
