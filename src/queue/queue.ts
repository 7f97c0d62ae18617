import type { Handoff } from '../domain/delivery.ts';

/**
 * Carries claimed deliveries from the process that accepted or claimed them to one that attempts
 * them.
 *
 * The queue has no bound of its own: the pusher has asked the engine's admission before. And it
 * guarantees nothing: a hand-off can be lost, arrive twice or arrive late, and the storage returns the
 * delivery again when its claim ends. So nobody may wait for a hand-off to arrive.
 */
export interface Queue {
  /** Whether a process can get a hand-off again that it still holds. */
  readonly repeats: boolean;
  start(): Promise<void>;
  /** Stops consuming and closes. Hand-offs that were not acknowledged are dropped or redelivered. */
  stop(): Promise<void>;

  /**
   * Takes hand-offs. Never throws or waits. Hand-offs that the broker does not take go to the consumer
   * of this process, if there is one, and are forgotten otherwise. Does not keep the array.
   */
  push(handoffs: readonly Handoff[]): void;

  /**
   * Delivers hand-offs in the order in which they were pushed; without a broker, before `push`
   * returns. One consumer per process.
   *
   * `capacity` is how many hand-offs the process can hold: a broker sends at most so many that are not
   * acknowledged. `receive` must not throw.
   */
  consume(capacity: number, receive: Receive): Consumer;

  /** Ends hand-offs: their result is in the storage. Takes the objects that were received. */
  ack(handoffs: readonly Handoff[]): void;
}

export type Receive = (handoffs: readonly Handoff[], origin: Origin) => void;

/**
 * Who may hold a hand-off besides the one who receives it.
 *
 * - `here`: nobody. This process pushed it since it started, and it was surely not delivered to
 *   anybody else.
 * - `elsewhere`: somebody may, because another process pushed it, it was delivered before, or it is
 *   uncertain whether the broker has it, too. It must be taken over in the storage before it is
 *   attempted.
 */
export type Origin = 'here' | 'elsewhere';

export interface Consumer {
  /** No hand-off is received after this resolves; those received can still be acknowledged. */
  stop(): Promise<void>;
}
