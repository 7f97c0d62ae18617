import type { Clock } from '../domain/clock.ts';
import type { DeliveryEvent } from '../domain/delivery-event.ts';
import { PosthasteError } from '../domain/errors.ts';
import type { MessageEndpointOut } from '../operations/operations.ts';
import { pages } from './pages.ts';
import type { WebhooksClient } from './webhooks-client.ts';

/** The outcome of a message for one webhook. */
export interface TargetOutcome {
  readonly id: string;
  readonly targetUrl: string;
  readonly delivered: boolean;
  /**
   * - `delivered`: the webhook answered with success
   * - `exhausted`: the last attempt failed
   * - `cancelled`: the webhook was deleted before the delivery ended
   * - `disabled`: the webhook was disabled before the delivery ended; the delivery waits until it is enabled
   * - `pending`: the wait ended before the delivery; the delivery still gets its attempts
   */
  readonly state: 'delivered' | 'exhausted' | 'cancelled' | 'disabled' | 'pending';
  readonly attempts: number;
  /** Status code of the last attempt; null when no response arrived or no attempt was made. */
  readonly statusCode: number | null;
  /** Why the last attempt failed, in a sentence; empty after a success. */
  readonly detail: string;
}

export interface Outcomes {
  /**
   * Resolves with the outcome of each target of the message, by webhook id: when all have ended, after `timeoutMs`,
   * or when `close` is called. Targets that have not ended by then are `pending`.
   */
  of(applicationId: string, messageId: string, timeoutMs: number): Promise<TargetOutcome[]>;
  hear(event: DeliveryEvent): void;
  /** Ends all waits. */
  close(): void;
}

/**
 * Waits for outcomes. The storage is read after listening has begun, so that no event is missed, and again at
 * intervals, because deletions and the deliveries of other processes emit no event here.
 */
export function createOutcomes(posthaste: WebhooksClient, clock: Clock): Outcomes {
  const waits = new Map<string, Set<Wait>>();
  const all = (): Wait[] => [...waits.values()].flatMap((set) => [...set]);

  return {
    async of(applicationId, messageId, timeoutMs) {
      const wait = new Wait(posthaste, clock, applicationId, messageId);
      const ofMessage = waits.get(messageId) ?? new Set();
      waits.set(messageId, ofMessage.add(wait));
      try {
        return await wait.run(timeoutMs);
      } finally {
        ofMessage.delete(wait);
        if (ofMessage.size === 0) waits.delete(messageId);
      }
    },
    hear(event) {
      if (event.kind === 'disabled') for (const wait of all()) wait.disabled(event.endpointId);
      else for (const wait of waits.get(event.messageId) ?? []) wait.attempted(event);
    },
    close() {
      for (const wait of all()) wait.end();
    },
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class Wait {
  readonly #posthaste: WebhooksClient;
  readonly #clock: Clock;
  readonly #place: readonly [app: string, message: string];
  readonly #targets = new Map<string, Mutable<TargetOutcome>>();
  readonly #ended = Promise.withResolvers<void>();
  #isEnded = false;
  /** True until the storage was read: the wait must not end before, although no target is open. */
  #isReading = true;
  #open = 0;

  constructor(posthaste: WebhooksClient, clock: Clock, applicationId: string, messageId: string) {
    this.#posthaste = posthaste;
    this.#clock = clock;
    this.#place = [applicationId, messageId];
  }

  async run(timeoutMs: number): Promise<TargetOutcome[]> {
    const cancelTimeout = this.#clock.after(timeoutMs, () => this.end());
    try {
      await Promise.race([this.#tryToRead(), this.#ended.promise]);
      await this.#readNowAndThen();
    } finally {
      cancelTimeout();
    }
    return [...this.#targets.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  end(): void {
    this.#isEnded = true;
    this.#ended.resolve();
  }

  attempted({ kind, endpointId, attempt }: DeliveryEvent): void {
    if (attempt === undefined) return;
    this.#set(endpointId, attempt.url, {
      state: kind === 'delivered' || kind === 'exhausted' ? kind : 'pending',
      attempts: attempt.number,
      statusCode: attempt.statusCode,
      detail: attempt.detail,
    });
  }

  /** The event comes after the `exhausted` of the same delivery, if there is one. */
  disabled(endpointId: string): void {
    const target = this.#targets.get(endpointId);
    if (target?.state === 'pending') this.#set(endpointId, target.targetUrl, { state: 'disabled' });
  }

  async #readNowAndThen(): Promise<void> {
    while (!this.#isEnded) {
      const due = Promise.withResolvers<void>();
      const cancel = this.#clock.after(READ_AGAIN_MS, due.resolve);
      await Promise.race([due.promise, this.#ended.promise]);
      cancel();
      if (!this.#isEnded) await Promise.race([this.#tryToRead(), this.#ended.promise]);
    }
  }

  /**
   * A short outage of the storage must not fail the call: the message is accepted, and a retry by the caller would
   * publish it twice.
   */
  async #tryToRead(): Promise<void> {
    try {
      await this.#read();
    } catch (error) {
      if (!(error instanceof PosthasteError && error.retryable)) throw error;
    }
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    const unheard = new Set<string>();
    for await (const page of pages((options) =>
      this.#posthaste.messageAttempt.listAttemptedDestinations(...this.#place, options),
    )) {
      for (const row of page) {
        const known = this.#targets.get(row.id);
        if (known && known.state !== 'pending') continue;
        const state = stateOf(row);
        if (state !== 'pending') unheard.add(row.id);
        if (state !== 'pending' || !known) this.#set(row.id, row.url, { state });
      }
    }
    if (unheard.size > 0) await this.#readAttempts(unheard);
    this.#isReading = false;
    this.#endIfNothingIsOpen();
  }

  /** Takes outcomes without an event from the newest attempts. */
  async #readAttempts(unheard: ReadonlySet<string>): Promise<void> {
    const unseen = new Set(unheard);
    for await (const page of pages((options) =>
      this.#posthaste.messageAttempt.listByMsg(...this.#place, { ...options, withContent: false }),
    )) {
      for (const row of page) {
        if (!unseen.delete(row.endpointId)) continue;
        this.#set(row.endpointId, row.url, {
          attempts: row.attemptNumber,
          statusCode: row.responseStatusCode || null,
          detail: row.detail,
        });
      }
      if (unseen.size === 0) break;
    }
    for (const id of unheard) {
      const target = this.#targets.get(id);
      if (target?.state !== 'exhausted' || (await this.#isRegistered(id))) continue;
      this.#set(id, target.targetUrl, { state: 'cancelled' });
    }
  }

  async #isRegistered(id: string): Promise<boolean> {
    try {
      await this.#posthaste.endpoint.get(this.#place[0], id);
      return true;
    } catch (error) {
      if ((error as { code?: unknown }).code === 'not_found') return false;
      throw error;
    }
  }

  #set(id: string, targetUrl: string, change: Partial<TargetOutcome>): void {
    const known = this.#targets.get(id) ?? { ...UNTRIED, id, targetUrl };
    const wasOpen = this.#targets.has(id) && known.state === 'pending';
    Object.assign(known, change);
    known.delivered = known.state === 'delivered';
    this.#targets.set(id, known);
    this.#open += Number(known.state === 'pending') - Number(wasOpen);
    this.#endIfNothingIsOpen();
  }

  #endIfNothingIsOpen(): void {
    if (!this.#isReading && this.#open === 0) this.end();
  }
}

function stateOf({ status, disabled, nextAttempt }: MessageEndpointOut): TargetOutcome['state'] {
  if (status === 0) return 'delivered';
  if (status === 2) return 'exhausted';
  // `nextAttempt` null: an attempt is under way, whose event will follow.
  return disabled && nextAttempt !== null ? 'disabled' : 'pending';
}

const UNTRIED = {
  delivered: false,
  state: 'pending',
  attempts: 0,
  statusCode: null,
  detail: '',
} as const;

const READ_AGAIN_MS = 5_000;
