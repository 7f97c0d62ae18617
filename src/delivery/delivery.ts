import type { Handoff } from '../domain/delivery.ts';
import type { Endpoint } from '../domain/endpoint.ts';

/** Delivers what is accepted: storage and queue on one side, the receivers on the other. */
export interface Engine {
  readonly intake: Intake;
  start(): void;
  /** Finishes what is in flight within `graceMs`, gives back the rest, and leaves nothing unwritten. */
  stop(graceMs: number): Promise<void>;
}

/**
 * What publishers and editors need of delivery: capacity before they commit, a hand-over after it.
 * No member throws or waits.
 */
export interface Intake {
  /** How long a claim lasts that is made for a hand-over. */
  readonly claimMs: number;
  /**
   * Takes capacity for one delivery. True: insert it claimed and hand it over (or call `cancel`).
   * False: insert it unclaimed and call `wake`.
   */
  reserve(endpoint: Pick<Endpoint, 'id' | 'applicationId'>, payloadChars: number): boolean;
  /** Gives back reserved capacity: the commit failed. */
  cancel(endpointId: string, payloadChars: number): void;
  /** Committed deliveries whose capacity was reserved. */
  handOver(handoffs: readonly Handoff[]): void;
  /** Unclaimed work exists that is due at `dueAt`. */
  wake(dueAt: number): void;
  /** The endpoint was changed, enabled, disabled or deleted: forget its failures, look for work. */
  endpointChanged(endpointId: string): void;
}
