import type { Attempt } from '../../src/domain/attempt.ts';
import type { DeliveryNext, DeliveryState } from '../../src/domain/delivery.ts';
import type { ExchangeResult } from '../../src/delivery/http-client/http-client.ts';
import { WORLD_BEGAN_AT } from './sim-clock.ts';

/**
 * What happened in a simulated world, seen from outside of the engine: by the receivers, by the
 * callers and by whoever can look into the storage at any time. All times are true times.
 */
export class Ledger {
  readonly requests: RequestEntry[] = [];
  readonly publishes: PublishEntry[] = [];
  readonly edits: EditEntry[] = [];
  readonly processes: ProcessEntry[] = [];
  readonly switches: SwitchEntry[] = [];
  readonly disturbances: Disturbance[] = [];
  /** Deliveries that a person sent again: their request may come without a claim that holds. */
  readonly resent = new Set<string>();
  /** Messages that a person cancelled or expunged, and when that was answered first. */
  readonly withdrawn = new Map<string, number>();
  /** How long after its answer an edit may reach the process that delivers. */
  toldWithinMs = 0;
  readonly #lines: { atMs: number; text: () => string }[] = [];
  readonly #names = new Map<string, string>();

  name(id: string, name: string): void {
    this.#names.set(id, name);
  }

  nameOf(id: string): string {
    return this.#names.get(id) ?? id;
  }

  note(atMs: number, text: () => string): void {
    this.#lines.push({ atMs, text });
  }

  /** One line per event, in order. */
  history(): string {
    const lines = this.#lines.map(({ atMs, text }) => `${clockText(atMs)}  ${text()}`);
    return lines.join('\n');
  }
}

/** A request as a receiver saw it, and what the storage held when it was sent. */
export interface RequestEntry {
  readonly atMs: number;
  readonly process: number;
  /** The number by which the storage knows the process. */
  readonly owner: number;
  readonly endpointId: string;
  readonly messageId: string;
  readonly held: HeldAtRequest;
  /**
   * How many others were in flight: to the endpoint from all processes that live, to it from the same
   * process, and from the same process in all.
   */
  readonly inFlight: {
    readonly endpoint: number;
    readonly lane: number;
    readonly process: number;
  };
  endedMs: number | null;
  /** What the process took for the time of due times when the result came. */
  endedScheduleAt: number;
  record: RecordEntry | null;
  /** Null while it is in flight, and for ever when its process ended first. */
  result: ExchangeResult | null;
}

export interface HeldAtRequest {
  readonly state: DeliveryState | 'none';
  /** The claim on the delivery is one of the process that sent it, and has not ended. */
  readonly claimed: boolean;
  readonly ordered: boolean;
  /** A delivery of the same endpoint that was published before, and is still owed. */
  readonly earlierOwed: string | null;
  readonly concurrency: number | null;
  readonly rateLimit: number | null;
}

/** An attempt in the storage. */
export interface RecordEntry {
  readonly atMs: number;
  readonly attempt: Attempt;
  readonly next: DeliveryNext;
  /** Whether the delivery took the state that the attempt led to. */
  readonly applied: boolean;
  /** The step of the schedule that the attempt was made at. */
  readonly step: number;
  /** Whose claim on the delivery held when the attempt was stored; zero: nobody's. */
  readonly heldBy: number;
}

export interface PublishEntry {
  readonly calledMs: number;
  answeredMs: number | null;
  messageId: string | null;
  /** Endpoints that surely wanted it: of its application, enabled all the while, and not edited. */
  readonly wantedBy: readonly string[];
}

/** A person changed an endpoint. */
export interface EditEntry {
  readonly calledMs: number;
  answeredMs: number | null;
  readonly endpointId: string;
  readonly what: string;
}

/** The storage committed that an endpoint takes deliveries, or no longer does. */
export interface SwitchEntry {
  readonly atMs: number;
  readonly endpointId: string;
  readonly to: 'enabled' | 'disabled' | 'deleted';
  readonly by: 'engine' | 'person';
  /** When the person who asked was told. */
  answeredMs: number | null;
}

export interface ProcessEntry {
  readonly number: number;
  readonly beganMs: number;
  endedBy: 'crash' | 'stop' | null;
}

/** A time in which something other than a receiver was out of order. */
export interface Disturbance {
  readonly kind: 'crash' | 'storage' | 'handoffs' | 'clock' | 'shortage';
  /** A process stopped, and another one listened: it told what it knew until then, if the storage was there. */
  readonly toldMs?: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** An instant of the storage, as the time since the world began. */
export function instantText(at: number): string {
  return clockText(at - WORLD_BEGAN_AT);
}

/** `00:01:02.345`. */
export function clockText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const parts = [seconds / 3600, (seconds / 60) % 60, seconds % 60];
  const text = parts.map((part) => String(Math.floor(part)).padStart(2, '0')).join(':');
  return `${text}.${String(Math.floor(ms % 1000)).padStart(3, '0')}`;
}
