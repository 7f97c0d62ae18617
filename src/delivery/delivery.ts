import type { Handoff } from '../domain/delivery.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import type { BreakerState } from './breaker.ts';
import type { LaneState } from './lane.ts';

/** Delivers accepted messages to their endpoints. */
export interface Engine {
  readonly intake: Intake;
  /** What the process holds and does at this moment. Takes time for each endpoint in use. */
  status(): EngineStatus;
  start(): void;
  /**
   * Lets attempts in flight finish for `graceMs`, releases all other deliveries, and resolves when
   * every result is in the storage.
   */
  stop(graceMs: number): Promise<void>;
}

export interface EngineStatus {
  /** Endpoints in use. */
  readonly lanes: Readonly<Record<LaneState, number>>;
  readonly breakers: Readonly<Record<BreakerState, number>>;
  /** Requests without a response yet. */
  readonly inFlight: number;
  readonly inFlightLimit: number;
  /** Hand-offs, from their reservation until their outcomes are in the storage. */
  readonly held: number;
  readonly heldLimit: number;
  /** Attempts that have ended and are not in the storage yet. */
  readonly unrecorded: number;
}

/**
 * The part of the engine that publishing and editing use: reserve capacity before a commit, hand over
 * deliveries after it. No member throws or waits.
 */
export interface Intake {
  /** How long the claim of a handed-over delivery lasts. */
  readonly claimMs: number;
  /**
   * Takes capacity for one delivery. True: insert it claimed and hand it over (or call `cancel`).
   * False: insert it unclaimed and call `wake`.
   */
  reserve(endpoint: Pick<Endpoint, 'id' | 'applicationId'>, payloadChars: number): boolean;
  /** Gives back reserved capacity: the commit failed. */
  cancel(endpointId: string, payloadChars: number): void;
  /** Hands committed deliveries with reserved capacity to the engine, which attempts them. */
  handOver(handoffs: readonly Handoff[]): void;
  /**
   * Whether a delivery that is stored unclaimed can be sent to the process that owns the endpoint. True:
   * store it as `handedOver`, and call `send` after the commit.
   */
  reachesOwner(endpointId: string): boolean;
  /** Sends committed, unclaimed deliveries to the owners of their endpoints. */
  send(handoffs: readonly Handoff[]): void;
  /** The storage has an unclaimed delivery that is due at `dueAt`. */
  wake(dueAt: number): void;
  /** A person changed, enabled, disabled or deleted the endpoint: its failures are forgotten. */
  endpointChanged(endpointId: string): void;
}
