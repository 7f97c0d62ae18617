import type { Clock, Random } from '../domain/clock.ts';
import { Lane } from './lane.ts';

export interface LanesOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly firstWindow: number;
  /** Called with each lane before it is forgotten. */
  readonly onForget: (lane: Lane) => void;
}

/**
 * The lanes of this process. A lane is created when it is first needed and forgotten when it has been
 * idle for a while, so that memory grows with the endpoints in use only. A new lane learns again.
 */
export class Lanes {
  readonly #options: LanesOptions;
  readonly #byEndpoint = new Map<string, Lane>();
  #cancelLook: (() => void) | null = null;
  /** When this process last came to own endpoints that another one owned before. */
  ownedSinceMs = -Infinity;

  constructor(options: LanesOptions) {
    this.#options = options;
  }

  get(endpointId: string): Lane | undefined {
    return this.#byEndpoint.get(endpointId);
  }

  of(endpointId: string, applicationId: string): Lane {
    const known = this.#byEndpoint.get(endpointId);
    if (known !== undefined) return known;
    const { clock, random, firstWindow } = this.#options;
    const lane = new Lane(endpointId, applicationId, firstWindow, random);
    lane.idleSinceMs = clock.monotonicMs();
    lane.pace.begin(this.ownedSinceMs);
    this.#byEndpoint.set(endpointId, lane);
    this.#cancelLook ??= clock.after(LOOK_EVERY_MS, () => this.#look());
    return lane;
  }

  all(): Iterable<Lane> {
    return this.#byEndpoint.values();
  }

  /** Forgets a lane that holds nothing: another process learns of its endpoint from now on. */
  forget(lane: Lane): void {
    lane.cancelTimer?.();
    lane.cancelTimer = null;
    this.#options.onForget(lane);
    this.#byEndpoint.delete(lane.endpointId);
  }

  stop(): void {
    this.#cancelLook?.();
    this.#cancelLook = null;
    for (const lane of this.#byEndpoint.values()) lane.cancelTimer?.();
    this.#byEndpoint.clear();
  }

  #look(): void {
    const { clock, onForget } = this.#options;
    const nowMs = clock.monotonicMs();
    for (const lane of this.#byEndpoint.values()) {
      const isBusy = lane.heldCount > 0 || lane.cancelTimer !== null || lane.reading;
      const isWell = lane.breaker.state(nowMs) === 'closed';
      const keptMs = isWell ? FORGET_AFTER_MS : FORGET_FAILING_AFTER_MS;
      if (isBusy || nowMs - lane.idleSinceMs < keptMs) continue;
      onForget(lane);
      this.#byEndpoint.delete(lane.endpointId);
    }
    const isEmpty = this.#byEndpoint.size === 0;
    this.#cancelLook = isEmpty ? null : clock.after(LOOK_EVERY_MS, () => this.#look());
  }
}

const LOOK_EVERY_MS = 60_000;
const FORGET_AFTER_MS = 60_000;
/** Longer than any pause of a breaker: an endpoint in use is probed before. */
const FORGET_FAILING_AFTER_MS = 10 * 60_000;
