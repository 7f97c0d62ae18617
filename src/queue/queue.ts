import type { Handoff } from '../domain/delivery.ts';

/**
 * Carries hand-offs to the process that attempts them: those of this process's own lanes at once, those
 * of other owners through a broker, if there is one.
 *
 * The queue has no bound of its own: the pusher has asked the engine's admission before. And it
 * guarantees nothing: a hand-off can be lost, arrive twice, late, or at a process that does not own its
 * lane any more. The storage has each delivery. So nobody may wait for a hand-off to arrive.
 */
export interface Queue {
  start(): Promise<void>;
  /** Stops consuming and closes. What is pushed or sent later is forgotten. */
  stop(): Promise<void>;

  /**
   * Takes hand-offs of this process's own lanes, claimed by it. They go to its consumer before `push`
   * returns, or are kept until there is one. Does not keep the array.
   */
  push(handoffs: readonly Handoff[]): void;

  /** Whether a hand-off that is sent to this process would probably arrive there. */
  reaches(owner: number): boolean;
  /**
   * Sends hand-offs of unclaimed deliveries to the process that owns their lanes. Never throws or waits.
   * Those that surely or perhaps do not arrive are given to `undelivered` later.
   */
  send(owner: number, handoffs: readonly Handoff[]): void;

  /**
   * Delivers what was pushed here, and what others sent to this process. One consumer per process.
   *
   * `capacity` is how many hand-offs the process can hold: about so many are sent at most that are not
   * acknowledged. `receive` must not throw.
   */
  consume(capacity: number, receive: Receive): Consumer;

  /** Ends hand-offs from elsewhere: they need not come again. Takes the objects that were received. */
  ack(handoffs: readonly Handoff[]): void;
}

export type Receive = (handoffs: readonly Handoff[], origin: Origin) => void;

/**
 * Who has the claim of a hand-off.
 *
 * - `here`: this process, which pushed it.
 * - `elsewhere`: nobody, or whoever was faster. It must be taken over in the storage before it is
 *   attempted, and is never pushed or sent again.
 */
export type Origin = 'here' | 'elsewhere';

export interface Consumer {
  /** No hand-off is received after this resolves, and others are told that none can be sent here. */
  stop(): Promise<void>;
}
