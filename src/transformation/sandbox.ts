import type { Transformed } from '../domain/transformation.ts';

/**
 * Runs programs that customers wrote, on threads of their own, without access to anything of the host:
 * no network, files, timers, modules or memory of another run. A run that takes longer than its bound
 * or too much memory is ended, if need be with its thread.
 */
export interface Sandbox {
  /**
   * Calls `handler` of the program. `onResult` is called exactly once, never before `run` has returned.
   * The threads start with the first run.
   */
  run(job: SandboxJob, onResult: (result: SandboxResult) => void): void;
  /** Ends every run with `busy`, at once, and the threads. Later runs are `busy`. */
  stop(): void;
}

export interface SandboxJob {
  /** Runs with the same key follow each other, and take turns with those of other keys. */
  readonly key: string;
  readonly code: string;
  /** The argument of `handler`, as JSON. */
  readonly input: string;
  /** What `Date.now()` answers. */
  readonly now: number;
  /** What the numbers of `Math.random()` are made from. */
  readonly seed: string;
}

export type SandboxResult =
  /** What `handler` returned, as JSON; null when it is nothing that JSON can say. */
  | { readonly kind: 'returned'; readonly output: string | null }
  | Exclude<Transformed, { kind: 'changed' }>;

/** What bounds a run. */
export interface SandboxLimits {
  /** Of CPU of its thread. */
  readonly cpuMs: number;
  /** From its start to its result; then its thread is ended. Longer, because threads wait for each other. */
  readonly wallMs: number;
  readonly memoryBytes: number;
  readonly stackBytes: number;
  /** Characters of what it may return. */
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
