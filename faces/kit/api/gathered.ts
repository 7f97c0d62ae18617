import { ApiError } from './api-error.ts';

interface Waiting<T> {
  readonly id: string;
  readonly resolve: (answer: T) => void;
  readonly reject: (error: unknown) => void;
}

/** Rows of a table ask while they are rendered, and again at the same time. */
const GATHERED_FOR_MS = 5;
const MOST_AT_ONCE = 100;

/** A question for one thing, that is asked together with those for others: one request for a page of rows. */
export function gathered<T>(
  ask: (ids: readonly string[]) => Promise<Readonly<Record<string, T>>>,
): (id: string) => Promise<T> {
  let waiting: Waiting<T>[] = [];

  async function askTogether(): Promise<void> {
    const asked = waiting;
    waiting = [];
    // A hundred did not wait for this.
    if (asked.length === 0) return;
    try {
      const answers = await ask([...new Set(asked.map(({ id }) => id))]);
      for (const { id, resolve, reject } of asked) {
        const answer = answers[id];
        if (answer === undefined) reject(new ApiError(404, 'not_found', `${id} is not there`, []));
        else resolve(answer);
      }
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }

  return (id) =>
    new Promise((resolve, reject) => {
      waiting.push({ id, resolve, reject });
      if (waiting.length >= MOST_AT_ONCE) void askTogether();
      else if (waiting.length === 1) setTimeout(() => void askTogether(), GATHERED_FOR_MS);
    });
}
