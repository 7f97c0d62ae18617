/** Clients that read lists again and again without a pause. */
import { answerQuestions } from '../child.ts';

export interface ReadersOrder {
  readonly port: number;
  readonly token: string;
  /** The paths to read; each has its own client. */
  readonly paths: readonly string[];
  readonly seconds: number;
}

export interface ReadersResult {
  readonly lists: number;
  readonly slowestMs: number;
  /** The number of answers by status; 0: no answer within a minute. */
  readonly statuses: Readonly<Record<number, number>>;
}

export type ReadersHandlers = typeof handlers;

const answerDeadlineMs = 60_000;

const handlers = {
  async read({ port, token, paths, seconds }: ReadersOrder): Promise<ReadersResult> {
    const endAt = performance.now() + seconds * 1000;
    const statuses: Record<number, number> = {};
    let lists = 0;
    let slowestMs = 0;
    await Promise.all(
      paths.map(async (path) => {
        while (performance.now() < endAt) {
          const startedAt = performance.now();
          const status = await get(`http://127.0.0.1:${port}${path}`, token);
          slowestMs = Math.max(slowestMs, performance.now() - startedAt);
          statuses[status] = (statuses[status] ?? 0) + 1;
          lists++;
        }
      }),
    );
    return { lists, slowestMs, statuses };
  },
};

async function get(url: string, token: string): Promise<number> {
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(answerDeadlineMs),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}

answerQuestions(handlers);
