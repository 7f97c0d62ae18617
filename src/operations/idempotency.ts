import { createHash } from 'node:crypto';
import { PosthasteError, keyReused } from '../domain/errors.ts';
import type { KeptAnswer } from '../storage/storage.ts';
import type { Context } from './context.ts';
import type { Principal } from './principal.ts';

/** A request with an idempotency key. */
export interface KeyedRequest {
  readonly principal: Principal;
  readonly key: string;
  /** The called operation, such as method and path. The same key at another target is another request. */
  readonly target: readonly unknown[];
  /** The rest of the request: the same target and key with other content is refused. */
  readonly content: readonly unknown[];
}

export interface OnceAnswer {
  readonly status: number;
  readonly body: string;
  /** True: parts of the request were refused, so the answer is not kept, like a rejection. */
  readonly isPartial?: boolean;
}

/**
 * Makes the answer to keep from the value with which the operation will resolve. An operation with a `keep`
 * calls it as soon as it knows that value, and stores the result in the transaction of its effect.
 */
export type Keep<T> = (value: T) => KeptAnswer;

export interface Idempotency {
  /**
   * Runs a request and keeps its answer: for 12 hours, the same request with the same key gets this answer
   * without running. `run` calls one operation and passes `keep` to it.
   *
   * - Effect and answer are stored together, so after a crash a repetition can neither have a second effect
   *   nor lose the answer.
   * - When the same request runs several times at once, in one process or in several, only the first commit
   *   takes effect, and all get its answer.
   * - Rejections are not kept: a refused request had no effect, and a repetition runs again.
   *
   * Rejects with `idempotency_key_reused` when the key was used with other content.
   */
  once<T>(
    request: KeyedRequest,
    answerOf: (value: T) => OnceAnswer,
    run: (keep: Keep<T>) => Promise<T>,
  ): Promise<OnceAnswer>;
}

export function createIdempotency({
  storage,
  clock,
}: Pick<Context, 'storage' | 'clock'>): Idempotency {
  return {
    async once({ principal, key, target, content }, answerOf, run) {
      const { organizationId, applicationId = null, rights } = principal;
      // The rights are part of the request: an answer may contain data that other rights don't show.
      const mayDo = rights === undefined ? [] : [[...rights].toSorted()];
      const request = hash([organizationId, applicationId, ...mayDo, target, key]);
      const fingerprint = hash(content);

      async function earlier(): Promise<KeptAnswer | null> {
        const found = await storage.keptAnswers.get(request, clock.scheduleNow());
        if (found !== null && found.fingerprint !== fingerprint) throw keyReused();
        return found;
      }

      const first = await earlier();
      if (first !== null) return first;
      let stored: KeptAnswer | null = null;
      try {
        const value = await run((coming) => (stored = toKeep(answerOf(coming))));
        const { isPartial = false, ...answer } = answerOf(value);
        // The operation did not store the answer, because it had no effect: the object existed already.
        if (!isPartial && !isSame(stored, answer)) await storage.keptAnswers.keep(toKeep(answer));
        return answer;
      } catch (error) {
        if (!(error instanceof PosthasteError) || error.status >= 500) throw error;
        // The same request may have been faster, so that this one conflicts with its key or its effect.
        const faster = await earlier();
        if (faster === null) throw error;
        return faster;
      }

      function toKeep({ status, body }: OnceAnswer): KeptAnswer {
        const keptAt = clock.scheduleNow();
        return { organizationId, request, fingerprint, keptAt, status, body };
      }
    },
  };
}

function isSame(stored: OnceAnswer | null, answer: OnceAnswer): boolean {
  return stored?.status === answer.status && stored.body === answer.body;
}

function hash(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
