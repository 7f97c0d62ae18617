import { isUtf8 } from 'node:buffer';
import type { Clock } from '../domain/clock.ts';
import { PosthasteError } from '../domain/errors.ts';
import { checkMembers, type OptionCheck, optional, wellFormed } from '../domain/options.ts';
import type { IncomingWebhook } from './inbox-entry.ts';
import type { InboxStore } from './inbox-store.ts';

interface Waiting {
  readonly webhook: IncomingWebhook;
  readonly resolve: (answer: 'new' | 'duplicate') => void;
  readonly reject: (error: unknown) => void;
}

/** Stores webhooks: those that arrive in one turn of the event loop share a commit. */
export class InboxArrivals {
  readonly #store: InboxStore;
  readonly #clock: Clock;
  readonly #onCommitted: () => void;
  #waiting: Waiting[] = [];
  #stopped = false;

  constructor(store: InboxStore, clock: Clock, onCommitted: () => void) {
    this.#store = store;
    this.#clock = clock;
    this.#onCommitted = onCommitted;
  }

  /** Resolves after the commit. Rejects with `storage_unavailable` or `stopping`. */
  accept(webhook: IncomingWebhook): Promise<'new' | 'duplicate'> {
    if (this.#stopped) {
      return Promise.reject(new PosthasteError('stopping', 'the inbox is stopped'));
    }
    return new Promise((resolve, reject) => {
      // Check now: a webhook that can't be stored would fail the commit of all others of its turn.
      checkMembers('webhook', webhook, WEBHOOK);
      if (this.#waiting.push({ webhook, resolve, reject }) === 1) {
        setImmediate(() => this.#commit());
      }
    });
  }

  /** Commits the webhooks that have arrived, and refuses later ones. */
  stop(): void {
    this.#stopped = true;
    this.#commit();
  }

  #commit(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    try {
      const webhooks = waiting.map((one) => one.webhook);
      const areNew = this.#store.insert(webhooks, this.#clock.scheduleNow(), this.#clock.now());
      for (const [i, one] of waiting.entries()) one.resolve(areNew[i] ? 'new' : 'duplicate');
    } catch (cause) {
      const error = new PosthasteError('storage_unavailable', 'the webhook could not be stored', {
        cause,
      });
      for (const one of waiting) one.reject(error);
    }
    this.#onCommitted();
  }
}

const WEBHOOK = {
  id: (value) => (value === '' ? 'must not be empty' : wellFormed(value)),
  payload: wellFormed,
  type: optional(wellFormed),
  contentType: (value) => (value === null ? null : optional(wellFormed)(value)),
  body: (value) =>
    value instanceof Uint8Array && !isUtf8(value)
      ? 'is not UTF-8: an inbox stores only text'
      : null,
  receivedAt: optional((value) =>
    Number.isSafeInteger(value) ? null : 'must be a whole number of UNIX milliseconds',
  ),
} satisfies Record<keyof IncomingWebhook, OptionCheck>;
