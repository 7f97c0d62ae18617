import type { Answer } from '../sink.ts';

/**
 * What goes on beside the healthy endpoints. The server has its default settings, and the healthy
 * endpoints get the same messages at the same rate before it begins and while it lasts.
 */
export interface IsolationCase {
  /** Endpoints that are not healthy, or get more than others; each in an application of its own. */
  readonly sick: SickEndpoints;
  /** Each has an application of its own. */
  readonly healthyEndpoints?: number;
  /** Messages to all the healthy endpoints, in turn. */
  readonly healthyPerSecond?: number;
  /** How the healthy ones answer. */
  readonly healthyAnswer?: Answer;
  /** All hosts are names; those of the sick endpoints are never resolved. */
  readonly names?: boolean;
  /** The sick endpoint is healthy, has all of its messages delivered first, and four clients ask for long lists of them. */
  readonly lists?: boolean;
  /** The sick endpoint is healthy, has all of its messages delivered first, and gets them once more by a bulk replay. */
  readonly replay?: boolean;
}

export interface SickEndpoints {
  readonly endpoints: number;
  /** Messages that each is sent before the measurement; 'messages': as `--messages` says. */
  readonly waiting: number | 'messages';
  readonly answer: Answer;
  readonly throttleRate?: number;
  /** Messages to all of them, in turn, during the measurement. */
  readonly perSecond?: number;
  /** Refuses connections until the measurement begins. */
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
    // A connection that is kept needs no name: here each delivery looks the name up.
    healthyAnswer: { close: true },
    sick: { endpoints: 40, waiting: 25, answer: {} },
  },
  'replaying-200000': { replay: true, sick: { endpoints: 1, waiting: 200_000, answer: {} } },
  'long-lists': { lists: true, sick: { endpoints: 1, waiting: 'messages', answer: {} } },
};
