/** Each event of a process passes its gate: at once while the process runs, later while it hangs, never after its end. */
export class Gate {
  #state: 'open' | 'hanging' | 'ended' = 'open';
  #held: (() => void)[] = [];

  get isEnded(): boolean {
    return this.#state === 'ended';
  }

  get isHanging(): boolean {
    return this.#state === 'hanging';
  }

  readonly pass = (work: () => void): void => {
    if (this.#state === 'open') work();
    else if (this.#state === 'hanging') this.#held.push(work);
  };

  hang(): void {
    if (this.#state === 'open') this.#state = 'hanging';
  }

  /** Gives the events that were held to `soon`, in order. */
  resume(soon: (work: () => void) => void): void {
    if (this.#state !== 'hanging') return;
    this.#state = 'open';
    for (const work of this.#held.splice(0)) soon(() => this.pass(work));
  }

  end(): void {
    this.#state = 'ended';
    this.#held = [];
  }
}
