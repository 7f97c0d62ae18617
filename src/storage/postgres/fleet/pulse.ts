import type { Clock } from '../../../domain/clock.ts';

export interface PulseOptions {
  readonly clock: Pick<Clock, 'after'>;
  /** The work of a beat. A rejection is ignored: callers that need the effect notice its absence. */
  readonly beat: () => Promise<void>;
  /** The shortest time from the end of a beat to the next. */
  readonly restMs: number;
  /** The time from the end of a beat to the next regular one; read after each rest. */
  readonly everyMs: () => number;
}

/** Runs `beat` regularly, and on request: one beat at a time, and one for many requests. */
export class Pulse {
  readonly #options: PulseOptions;
  #isReady = false;
  #isAsked = false;
  #stopped = false;
  #beating: Promise<void> | null = null;
  #cancelTimer = () => {};

  constructor(options: PulseOptions) {
    this.#options = options;
  }

  /** Begins with a rest: the caller has done the first beat itself. */
  start(): void {
    this.#rest();
  }

  /** Requests a beat: at once, or at the end of the present rest; before the start, after the first rest. */
  beatNow(): void {
    this.#isAsked = true;
    if (this.#isReady) this.#beat();
  }

  /** Resolves when the beat under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#isReady = false;
    this.#cancelTimer();
    await this.#beating;
  }

  #beat(): void {
    this.#cancelTimer();
    this.#isReady = false;
    this.#isAsked = false;
    this.#beating = this.#options
      .beat()
      .catch(() => {})
      .then(() => this.#rest());
  }

  #rest(): void {
    const { clock, restMs, everyMs } = this.#options;
    if (this.#stopped) return;
    this.#cancelTimer = clock.after(restMs, () => {
      this.#isReady = true;
      if (this.#isAsked) this.#beat();
      else this.#cancelTimer = clock.after(everyMs() - restMs, () => this.#beat());
    });
  }
}
