import type { Attempt } from '../../src/domain/attempt.ts';
import type { DeliveryNext, DeliveryState } from '../../src/domain/delivery.ts';
import type { ExchangeResult } from '../../src/delivery/http-client/http-client.ts';
import { WORLD_BEGAN_AT } from './sim-clock.ts';

/**
 * The events of a simulated world, as receivers, callers and the storage saw them; the engine adds nothing. All times
 * are true times, whatever the clocks of processes say.
 */
export class Ledger {
  readonly requests: RequestEntry[] = [];
  readonly publishes: PublishEntry[] = [];
  readonly edits: EditEntry[] = [];
  readonly processes: ProcessEntry[] = [];
  readonly switches: SwitchEntry[] = [];
  readonly disturbances: Disturbance[] = [];
  /** Deliveries that a person resent: a request for one may come without a valid claim. */
  readonly resent = new Set<string>();
  /** Messages that a person cancelled or expunged, with the time of the first answer. */
  readonly withdrawn = new Map<string, number>();
  /** The longest time between the answer to an edit and its arrival at the process that delivers. */
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

/** A request as a receiver saw it, with the state of the storage when it was sent. */
export interface RequestEntry {
  readonly atMs: number;
  readonly process: number;
  /** The process's number in the storage. */
  readonly owner: number;
  readonly endpointId: string;
  readonly messageId: string;
  readonly held: HeldAtRequest;
  /**
   * The number of other requests in flight: to the endpoint from all live processes, to the endpoint from the same
   * process, and from the same process to all endpoints.
   */
  readonly inFlight: {
    readonly endpoint: number;
    readonly lane: number;
    readonly process: number;
  };
  endedMs: number | null;
  /** The process's `scheduleNow()` when the result came. */
  endedScheduleAt: number;
  record: RecordEntry | null;
  /** Null while the request is in flight, and for good when its process ends first. */
  result: ExchangeResult | null;
}

export interface HeldAtRequest {
  readonly state: DeliveryState | 'none';
  /** Whether the process that sent the request held a valid claim on the delivery. */
  readonly claimed: boolean;
  readonly ordered: boolean;
  /** A delivery of the same endpoint that was published earlier and is still owed. */
  readonly earlierOwed: string | null;
  readonly concurrency: number | null;
  readonly rateLimit: number | null;
}

/** An attempt in the storage. */
export interface RecordEntry {
  readonly atMs: number;
  readonly attempt: Attempt;
  readonly next: DeliveryNext;
  /** Whether the attempt changed the state of the delivery. */
  readonly applied: boolean;
  /** The step of the retry schedule at which the attempt was made. */
  readonly step: number;
  /** The process that held a claim on the delivery when the attempt was stored; 0: none. */
  readonly heldBy: number;
}

export interface PublishEntry {
  readonly calledMs: number;
  answeredMs: number | null;
  messageId: string | null;
  /** Endpoints that must get the message: enabled throughout the call, and not edited. */
  readonly wantedBy: readonly string[];
}

/** A person changed an endpoint. */
export interface EditEntry {
  readonly calledMs: number;
  answeredMs: number | null;
  readonly endpointId: string;
  readonly what: string;
}

/** A commit after which an endpoint takes deliveries, or no longer takes any. */
export interface SwitchEntry {
  readonly atMs: number;
  readonly endpointId: string;
  readonly to: 'enabled' | 'disabled' | 'deleted';
  readonly by: 'engine' | 'person';
  /** When the person who asked for the change got the answer. */
  answeredMs: number | null;
}

export interface ProcessEntry {
  readonly number: number;
  readonly beganMs: number;
  endedBy: 'crash' | 'stop' | null;
}

/** A time in which something other than a receiver was faulty. */
export interface Disturbance {
  readonly kind: 'crash' | 'storage' | 'handoffs' | 'clock' | 'shortage';
  /** When a stopping process sent its notes; absent: it sent none, or no other process was there to get them. */
  readonly toldMs?: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** An instant of the storage as the time since the world began. */
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
