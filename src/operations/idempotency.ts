import type { Clock } from '../domain/clock.ts';
import { PosthasteError, invalid } from '../domain/errors.ts';
import type { KnownRequest, RequestKey, Storage } from '../storage/storage.ts';
import type { Context } from './context.ts';
import type { Principal } from './principal.ts';
import { fieldError } from './validation.ts';

/**
 * Requests with an idempotency key are done once: the same request again gets the answer of the first
 * one, for 12 hours, across restarts. An answer is kept when the request had an effect; a request that
 * was refused or failed leaves its key free.
 *
 * The key is kept before the effect and the answer after it. A process that ends in between leaves a
 * key whose outcome nobody knows: the same request is refused then (`conflict`), never done again.
 */
export interface Idempotency {
  /**
   * Resolves with the answer of the same request before, or with what the caller must call once it is
   * done. Rejects with `validation` when the key belongs to another request, and with `conflict` when
   * the first one goes on for too long or has no known outcome.
   */
  begin(principal: Principal, key: string, fingerprint: string): Promise<BegunRequest>;
}

export type BegunRequest =
  | { readonly answer: string }
  | {
      readonly answer: null;
      readonly finish: (answer: string) => Promise<void>;
      readonly forget: () => Promise<void>;
    };

export function createIdempotency({
  storage: { requestKeys },
  clock,
}: Pick<Context, 'clock'> & { readonly storage: Pick<Storage, 'requestKeys'> }): Idempotency {
  return {
    async begin(principal, key, fingerprint) {
      const { organizationId, applicationId = '' } = principal;
      const request = { organizationId, applicationId, key, fingerprint };
      const untilMs = clock.monotonicMs() + PATIENCE_MS;
      let known = await requestKeys.begin(request, clock.scheduleNow());
      while (known !== null) {
        requireSame(known, fingerprint);
        if (known.answer !== null) return { answer: known.answer };
        if (clock.monotonicMs() >= untilMs) throw unfinished();
        await pause(clock);
        const now = clock.scheduleNow();
        known = (await requestKeys.get(request, now)) ?? (await requestKeys.begin(request, now));
      }
      return begun(request);
    },
  };

  function begun(request: RequestKey): BegunRequest {
    return {
      answer: null,
      finish: (answer) => requestKeys.finish(request, answer),
      forget: () => requestKeys.forget(request),
    };
  }
}

function requireSame(known: KnownRequest, fingerprint: string): void {
  if (known.fingerprint === fingerprint) return;
  throw invalid([
    fieldError('was used for another request within 12 hours', 'header', 'idempotency-key'),
  ]);
}

function unfinished(): PosthasteError {
  return new PosthasteError(
    'conflict',
    'The first request with this Idempotency-Key has no known outcome: it goes on, or the server ended in the middle of it. See whether it had its effect; use another key to repeat it',
  );
}

function pause(clock: Pick<Clock, 'after'>): Promise<void> {
  return new Promise((resolve) => void clock.after(LOOK_EVERY_MS, resolve));
}

/** How long the same request waits for the first one, which is done within a commit or two. */
const PATIENCE_MS = 5_000;
const LOOK_EVERY_MS = 50;
