import type { Clock } from './domain/clock.ts';

export interface RepeatedWorkOptions {
  readonly clock: Pick<Clock, 'after'>;
  /**
   * One run, which ends early once `isStopped`. Resolves with the milliseconds until the next run; without a number,
   * these are `everyMs`.
   */
  readonly run: (isStopped: () => boolean) => Promise<number | void>;
  /** The milliseconds until the next run, also after an error. */
  readonly everyMs: number;
  /** The milliseconds until the first run; default: it begins with the start. */
  readonly firstAfterMs?: number;
  /** Called with the errors of runs, except those that a stop causes. */
  readonly onError: (error: unknown) => void;
}

/** `start` and `stop` may be called twice; there is no start after a stop. */
export interface RepeatedWork {
  start(): void;
  /** There is work: the next run begins now or, during a run, right after it. Ignored before the start. */
  wake(): void;
  /** Begins no further run, and resolves when the run under way has ended. */
  stop(): Promise<void>;
}

/** Work in the background of a process, one run at a time. A run that failed is repeated after `everyMs`. */
export function repeatWork(options: RepeatedWorkOptions): RepeatedWork {
  const { clock, run, everyMs, firstAfterMs = 0, onError } = options;
  let state: 'new' | 'started' | 'stopped' = 'new';
  let running: Promise<void> | null = null;
  let isAsked = false;
  let cancelTimer = () => {};
  const isStopped = () => state === 'stopped';

  function begin(): void {
    cancelTimer();
    isAsked = false;
    running = runOnce().then((delayMs) => {
      running = null;
      if (isStopped()) return;
      if (isAsked) begin();
      else cancelTimer = clock.after(delayMs, begin);
    });
  }

  async function runOnce(): Promise<number> {
    try {
      return (await run(isStopped)) ?? everyMs;
    } catch (error) {
      isAsked = false;
      if (!isStopped()) onError(error);
      return everyMs;
    }
  }

  return {
    start() {
      if (state !== 'new') return;
      state = 'started';
      if (firstAfterMs > 0) cancelTimer = clock.after(firstAfterMs, begin);
      else begin();
    },
    wake() {
      if (state !== 'started') return;
      if (running === null) begin();
      else isAsked = true;
    },
    async stop() {
      state = 'stopped';
      cancelTimer();
      await running;
    },
  };
}
