import type { Clock, Random } from '../domain/clock.ts';
import type { EndpointNotes } from '../storage/storage.ts';
import { Lane } from './lane.ts';

export interface LanesOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly firstWindow: number;
  /** Called with each lane before it is forgotten. */
  readonly onForget: (lane: Lane) => void;
  /** Called with each new lane that has notes of a previous owner, the notes, and when they were taken. */
  readonly onNoted: (lane: Lane, notes: EndpointNotes, atMs: number) => void;
}

/**
 * The lanes of this process. A lane is created when it is first needed and forgotten when it has been
 * idle for a while, so that memory grows with the endpoints in use only. A new lane starts without
 * knowledge, unless there are recent notes of the process that owned the endpoint before.
 */
export class Lanes {
  readonly #options: LanesOptions;
  readonly #byEndpoint = new Map<string, Lane>();
  readonly #notes = new Map<string, { notes: EndpointNotes; atMs: number }>();
  #cancelLook: (() => void) | null = null;
  /** When this process last took over endpoints of another process. */
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

  /** Keeps notes for a lane that may begin soon. */
  keep(notes: EndpointNotes): void {
    const { clock } = this.#options;
    this.#notes.set(notes.endpointId, { notes, atMs: clock.monotonicMs() });
    this.#cancelLook ??= clock.after(LOOK_EVERY_MS, () => this.#look());
  }

  /**
   * Begins the lanes of the endpoints with notes: if this process gives such an endpoint up before it gets
   * work for it, the notes of the previous owner go on to the next one.
   */
  beginNoted(isMeant: (endpointId: string) => boolean): void {
    for (const [endpointId, { notes }] of this.#notes) {
      if (isMeant(endpointId)) this.of(endpointId, notes.applicationId);
    }
  }

  /** A person changed the endpoint: its notes are forgotten, except that requests are in flight elsewhere. */
  forgive(endpointId: string): void {
    const noted = this.#notes.get(endpointId);
    if (noted === undefined) return;
    noted.notes = { ...noted.notes, pauseMs: 0, window: null, rate: null, breakerPauseMs: 0 };
  }

  all(): Iterable<Lane> {
    return this.#byEndpoint.values();
  }

  /**
   * Forgets a lane that holds nothing, because another process owns its endpoint now. The notes are kept: if
   * no process takes the endpoint, as after a database outage longer than a lease, it comes back here.
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
    // A publish under way may still ask for a lane, which must not start a timer that keeps the process alive.
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

/** The notes of the lanes that are slowed down, those with the longest pauses first. */
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

/** Whether the notes would change what a new lane does. */
export function isWorthTelling(notes: EndpointNotes): boolean {
  const { pauseMs, busyMs, window, rate, breakerPauseMs } = notes;
  return pauseMs + busyMs + breakerPauseMs > 0 || window !== null || rate !== null;
}

const LOOK_EVERY_MS = 60_000;
const FORGET_AFTER_MS = 60_000;
/** Longer than any pause of a breaker, so that an endpoint in use is probed before it is forgotten. */
const FORGET_FAILING_AFTER_MS = 10 * 60_000;
