import { createHash } from 'node:crypto';
import { PosthasteError, keyReused } from '../domain/errors.ts';
import type { KeptAnswer } from '../storage/storage.ts';
import type { Context } from './context.ts';
import type { Principal } from './principal.ts';

/** A request that may come again. */
export interface KeyedRequest {
  readonly principal: Principal;
  readonly key: string;
  /** What is called, such as method and path. Another target with the same key is another request. */
  readonly target: readonly unknown[];
  /** All else that has a meaning: the same target and key with other content is refused. */
  readonly content: readonly unknown[];
}

export interface OnceAnswer {
  readonly status: number;
  readonly body: string;
  /** Parts of the request were refused: as a rejection, the answer is not kept. */
  readonly isPartial?: boolean;
}

/**
 * Makes the answer to keep out of what the operation is about to resolve to. An operation that is
 * given one calls it when it knows that, and stores the result in the transaction of its effect.
 */
export type Keep<T> = (value: T) => KeptAnswer;

export interface Idempotency {
  /**
   * Answers a request, and for 12 hours answers the same request with the same key again without
   * running it. `run` calls one operation and passes `keep` on to it.
   *
   * - Effect and answer are stored together, so there is no crash after which a repetition has a
   *   second effect or a lost answer.
   * - Of several at once, in one process or in many, the first to commit has the effect, and all get
   *   its answer.
   * - Rejections are not kept: what was refused had no effect, and is tried anew.
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
      const { organizationId, applicationId = null } = principal;
      const request = hash([organizationId, applicationId, target, key]);
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
        // There was no effect to store it with: the object existed already.
        if (!isPartial && !isSame(stored, answer)) await storage.keptAnswers.keep(toKeep(answer));
        return answer;
      } catch (error) {
        if (!(error instanceof PosthasteError) || error.status >= 500) throw error;
        // Refused by the same request, which was faster: by its key, or by what it changed.
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
