import type { Transformed } from '../domain/transformation.ts';

/**
 * Runs customers' programs on separate threads, without access to the host: no network, files, timers, modules or
 * memory of another run. A run that exceeds its limit of time or memory is ended, if necessary with its thread.
 */
export interface Sandbox {
  /**
   * Calls `handler` of the program. `onResult` is called exactly once, never before `run` has returned.
   * The threads start with the first run.
   */
  run(job: SandboxJob, onResult: (result: SandboxResult) => void): void;
  /** Ends the threads, and every run at once with `busy`. Later runs are `busy`, too. */
  stop(): void;
}

export interface SandboxJob {
  /** Runs with the same key run one after another, and take turns with runs of other keys. */
  readonly key: string;
  readonly code: string;
  /** The argument of `handler`, as JSON. */
  readonly input: string;
  /** The value of `Date.now()` in the program. */
  readonly now: number;
  /** The seed of `Math.random()` in the program. */
  readonly seed: string;
}

export type SandboxResult =
  /** The result of `handler` as JSON; null when JSON can't represent it. */
  | { readonly kind: 'returned'; readonly output: string | null }
  | Exclude<Transformed, { kind: 'changed' }>;

/** The limits of a run. */
export interface SandboxLimits {
  /** CPU time of the thread. */
  readonly cpuMs: number;
  /** Time from start to result, after which the thread is ended. Longer than `cpuMs`, because threads share the CPU. */
  readonly wallMs: number;
  readonly memoryBytes: number;
  readonly stackBytes: number;
  /** Most characters of the result. */
  readonly outputChars: number;
  /** How many runs of one key may wait. */
  readonly waitingPerKey: number;
  /** How many runs may wait in the process. */
  readonly waiting: number;
}

export const SANDBOX_LIMITS: SandboxLimits = {
  cpuMs: 250,
  wallMs: 2_000,
  memoryBytes: 32 * 1024 * 1024,
  stackBytes: 256 * 1024,
  outputChars: 4 * 1024 * 1024,
  waitingPerKey: 32,
  waiting: 1_024,
};
