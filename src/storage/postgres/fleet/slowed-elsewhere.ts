import type { Clock } from '../../../domain/clock.ts';
import type { EndpointNotes } from '../../changes.ts';
import { MOST_TOLD } from '../../fleet.ts';

/**
 * Notes of other processes on endpoints that they slow down. Each process repeats its notes after `tellMs`, so
 * notes are valid for a little longer than that, and need no message that withdraws them.
 */
export class SlowedElsewhere {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #tellMs: number;
  readonly #told = new Map<number, Map<string, Told>>();
  #listeningMs = Infinity;

  constructor(clock: Pick<Clock, 'monotonicMs'>, tellMs: number) {
    this.#clock = clock;
    this.#tellMs = tellMs;
  }

  /** Call when listening begins again: earlier notices may have been missed, later ones arrive. */
  beginAnew(): void {
    this.#told.clear();
    this.#listeningMs = this.#clock.monotonicMs();
  }

  hear(teller: number, notes: readonly EndpointNotes[]): void {
    const atMs = this.#clock.monotonicMs();
    this.#forgetOld(atMs);
    const its = this.#told.get(teller) ?? new Map<string, Told>();
    for (const note of notes) its.set(note.endpointId, { notes: note, atMs });
    if (its.size > 0) this.#told.set(teller, its);
  }

  /** Null: the process does not slow the endpoint down. Undefined: not known. */
  toldBy(teller: number, endpointId: string): EndpointNotes | null | undefined {
    const nowMs = this.#clock.monotonicMs();
    const isHeard = nowMs >= this.#listeningMs + this.#validMs;
    const valid = (id: string) => {
      const told = this.#told.get(teller)?.get(id);
      return told !== undefined && nowMs < told.atMs + this.#validMs ? told : null;
    };
    const told = valid(endpointId);
    if (told === null) return isHeard && valid(AND_MORE) === null ? null : undefined;
    return { ...told.notes, pauseMs: Math.max(0, told.notes.pauseMs - (nowMs - told.atMs)) };
  }

  get #validMs(): number {
    return this.#tellMs * 2.5;
  }

  #forgetOld(nowMs: number): void {
    for (const [teller, its] of this.#told) {
      for (const [id, { atMs }] of its) if (nowMs >= atMs + this.#validMs) its.delete(id);
      if (its.size === 0) this.#told.delete(teller);
    }
  }
}

interface Told {
  readonly notes: EndpointNotes;
  readonly atMs: number;
}

/** The first `MOST_TOLD` notes, preceded by a mark when there are more. */
export function withinMost(notes: readonly EndpointNotes[]): readonly EndpointNotes[] {
  if (notes.length <= MOST_TOLD) return notes;
  const of = { endpointId: AND_MORE, applicationId: AND_MORE };
  const nothing = { busyMs: 0, window: null, rate: null, breakerPauseMs: 0, paced: false };
  return [{ ...of, pauseMs: 0, ...nothing }, ...notes.slice(0, MOST_TOLD)];
}

/** Stands in place of an id for all slowed endpoints that a process has sent no notes on. */
const AND_MORE = '*';
