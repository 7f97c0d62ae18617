import { ApiError } from './api-error.ts';

interface Waiting<T> {
  readonly id: string;
  readonly resolve: (answer: T) => void;
  readonly reject: (error: unknown) => void;
}

/** The rows of a table ask while they are rendered, so within a few milliseconds. */
const GATHERED_FOR_MS = 5;
const MOST_AT_ONCE = 100;

/** Returns a function that asks for one item; questions that come together share one request. */
export function gathered<T>(
  ask: (ids: readonly string[]) => Promise<Readonly<Record<string, T>>>,
): (id: string) => Promise<T> {
  let waiting: Waiting<T>[] = [];

  async function askTogether(): Promise<void> {
    const asked = waiting;
    waiting = [];
    // A batch of a hundred was sent without waiting for this timer.
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
