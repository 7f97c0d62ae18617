import type { Clock, Random } from '../domain/clock.ts';
import type { EndpointNotes } from '../storage/storage.ts';
import { Lane } from './lane.ts';

export interface LanesOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly firstWindow: number;
  /** Called with each lane before it is forgotten. */
  readonly onForget: (lane: Lane) => void;
  /** Called with each new lane of which there are notes, and when they were taken. */
  readonly onNoted: (lane: Lane, notes: EndpointNotes, atMs: number) => void;
}

/**
 * The lanes of this process. A lane is created when it is first needed and forgotten when it has been
 * idle for a while, so that memory grows with the endpoints in use only. A new lane learns again, except
 * for what this process, or another one, noted when it gave the endpoint up a moment ago.
 */
export class Lanes {
  readonly #options: LanesOptions;
  readonly #byEndpoint = new Map<string, Lane>();
  readonly #notes = new Map<string, { notes: EndpointNotes; atMs: number }>();
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
    const noted = this.#notes.get(endpointId);
    this.#notes.delete(endpointId);
    if (noted !== undefined) this.#options.onNoted(lane, noted.notes, noted.atMs);
    return lane;
  }

  /** Keeps what a lane must know that begins soon. */
  keep(notes: EndpointNotes): void {
    const { clock } = this.#options;
    this.#notes.set(notes.endpointId, { notes, atMs: clock.monotonicMs() });
    this.#cancelLook ??= clock.after(LOOK_EVERY_MS, () => this.#look());
  }

  /**
   * Begins the lanes of those endpoints of which there are notes: should this process give one up before it
   * gets work for it, it tells the next owner what the one before told.
   */
  beginNoted(isMeant: (endpointId: string) => boolean): void {
    for (const [endpointId, { notes }] of this.#notes) {
      if (isMeant(endpointId)) this.of(endpointId, notes.applicationId);
    }
  }

  /** A person changed the endpoint: of what was noted, only requests in flight still count. */
  forgive(endpointId: string): void {
    const noted = this.#notes.get(endpointId);
    if (noted === undefined) return;
    noted.notes = { ...noted.notes, pauseMs: 0, window: null, rate: null, breakerPauseMs: 0 };
  }

  all(): Iterable<Lane> {
    return this.#byEndpoint.values();
  }

  /**
   * Forgets a lane that holds nothing: another process learns of its endpoint from now on. Should nobody
   * take the endpoint, as when the database was away for longer than a lease, it comes back here.
   */
  forget(lane: Lane): void {
    lane.cancelTimer?.();
    lane.cancelTimer = null;
    this.#options.onForget(lane);
    this.#byEndpoint.delete(lane.endpointId);
    const notes = lane.notes(this.#options.clock.monotonicMs());
    if (isWorthTelling(notes)) this.keep(notes);
  }

  stop(): void {
    this.#cancelLook?.();
    // A publish that was on its way may still ask for a lane: no timer may begin that keeps the process.
    this.#cancelLook = () => {};
    for (const lane of this.#byEndpoint.values()) lane.cancelTimer?.();
    this.#byEndpoint.clear();
    this.#notes.clear();
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
    for (const [endpointId, { notes, atMs }] of this.#notes) {
      const keptMs = Math.max(notes.pauseMs, notes.busyMs, FORGET_AFTER_MS);
      if (nowMs - atMs >= keptMs) this.#notes.delete(endpointId);
    }
    const isEmpty = this.#byEndpoint.size === 0 && this.#notes.size === 0;
    this.#cancelLook = isEmpty ? null : clock.after(LOOK_EVERY_MS, () => this.#look());
  }
}

/** What is known of the lanes that are slowed down, those with the longest pauses first. */
export function slowedLanes(
  lanes: Iterable<Lane>,
  nowMs: number,
  owns: (endpointId: string) => boolean,
): EndpointNotes[] {
  const notes: EndpointNotes[] = [];
  for (const lane of lanes) {
    if (lane.isSlowed(nowMs) && !lane.disabled && owns(lane.endpointId)) {
      notes.push(lane.notes(nowMs));
    }
  }
  return notes.sort((one, other) => other.pauseMs - one.pauseMs);
}

/** Whether a new lane would not do the same without them. */
export function isWorthTelling(notes: EndpointNotes): boolean {
  const { pauseMs, busyMs, window, rate, breakerPauseMs } = notes;
  return pauseMs + busyMs + breakerPauseMs > 0 || window !== null || rate !== null;
}

const LOOK_EVERY_MS = 60_000;
const FORGET_AFTER_MS = 60_000;
/** Longer than any pause of a breaker: an endpoint in use is probed before. */
const FORGET_FAILING_AFTER_MS = 10 * 60_000;
