import type { Clock } from '../../../domain/clock.ts';

export interface PulseOptions {
  readonly clock: Pick<Clock, 'after'>;
  /** A beat that rejects is a beat like others: whoever needs its effect says so. */
  readonly beat: () => Promise<void>;
  /** How long each beat is followed by none. */
  readonly restMs: number;
  /** From the end of a beat to the next one that nobody asks for; read after each rest. */
  readonly everyMs: () => number;
}

/** Beats regularly, and when it is asked to: one beat at a time, and few for many who ask. */
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

  /** The first rest begins: the caller has done the first beat itself. */
  start(): void {
    this.#rest();
  }

  /** At once, or after the rest; before the start, after the first rest. */
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
