import type { Answer } from '../sink.ts';

/**
 * A load beside the healthy endpoints. The server has its default settings, and the healthy endpoints get the same
 * messages at the same rate before the load and during it.
 */
export interface IsolationCase {
  /** Endpoints that are not healthy or get more messages than others; each has its own application. */
  readonly sick: SickEndpoints;
  /** The number of healthy endpoints; each has its own application. */
  readonly healthyEndpoints?: number;
  /** Messages a second to all healthy endpoints, in turn. */
  readonly healthyPerSecond?: number;
  /** The answer of the healthy endpoints. */
  readonly healthyAnswer?: Answer;
  /** Whether all hosts are names; look-ups of the sick endpoints' names hang. */
  readonly names?: boolean;
  /** The sick endpoint is healthy and has got all its messages; four clients read long lists of them. */
  readonly lists?: boolean;
  /** The sick endpoint is healthy and has got all its messages; it gets them again by a bulk replay. */
  readonly replay?: boolean;
}

export interface SickEndpoints {
  readonly endpoints: number;
  /** The number of messages to each sick endpoint before the measurement; 'messages': that of `--messages`. */
  readonly waiting: number | 'messages';
  readonly answer: Answer;
  readonly throttleRate?: number;
  /** Messages a second to all sick endpoints, in turn, during the measurement. */
  readonly perSecond?: number;
  /** Whether the endpoints refuse connections until the measurement begins. */
  readonly down?: boolean;
}

const hangs: Answer = { afterMs: null };

export const isolationCases: Readonly<Record<string, IsolationCase>> = {
  'hang-2x600': { sick: { endpoints: 2, waiting: 600, answer: hangs } },
  'hang-40x600': { sick: { endpoints: 40, waiting: 600, answer: hangs } },
  'hang-100x100': { sick: { endpoints: 100, waiting: 100, answer: hangs } },
  'slow-5s': { sick: { endpoints: 1, waiting: 3_000, answer: { afterMs: 5_000 } } },
  throttled: { sick: { endpoints: 10, waiting: 1_500, answer: {}, throttleRate: 5 } },
  'hang-300-of-2000': {
    healthyEndpoints: 1_700,
    sick: { endpoints: 300, waiting: 20, answer: hangs, perSecond: 35 },
  },
  'failing-10-percent': {
    healthyEndpoints: 450,
    sick: {
      endpoints: 50,
      waiting: 100,
      answer: { status: 500, afterMs: 1_000 },
      perSecond: 22,
    },
  },
  'recovering-500000': { sick: { endpoints: 1, waiting: 500_000, answer: {}, down: true } },
  greedy: {
    healthyEndpoints: 10,
    healthyPerSecond: 100,
    sick: { endpoints: 1, waiting: 0, answer: { afterMs: 50 }, perSecond: 5_000 },
  },
  'dns-hang': {
    names: true,
    // Connections are closed, so that each delivery looks the name up.
    healthyAnswer: { close: true },
    sick: { endpoints: 40, waiting: 25, answer: {} },
  },
  'replaying-200000': { replay: true, sick: { endpoints: 1, waiting: 200_000, answer: {} } },
  'long-lists': { lists: true, sick: { endpoints: 1, waiting: 'messages', answer: {} } },
};
