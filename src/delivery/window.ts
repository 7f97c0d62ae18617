/**
 * How many requests of a lane may be in flight. As in TCP: each success lets one more in, so that
 * an endpoint that answers quickly reaches its limit at once and one that recovers is not met by a
 * stampede; each failure halves it, so that an endpoint that hangs ends at one. Once an endpoint
 * has failed, slow successes let in less: its slowness may be what the load has caused.
 */
export class Window {
  #size: number;
  #hasFailed = false;

  constructor(first: number) {
    this.#size = first;
  }

  /** At least 1, at most `limit`. */
  within(limit: number): number {
    return Math.max(Math.min(Math.floor(this.#size), limit), 1);
  }

  /** Only one request at a time goes to this endpoint. */
  get isSingle(): boolean {
    return this.#size < 2;
  }

  succeeded(slow: boolean, limit: number): void {
    const size = Math.min(this.#size, limit);
    this.#size = Math.min(size + (slow && this.#hasFailed ? 1 / size : 1), limit);
  }

  failed(): void {
    this.#hasFailed = true;
    this.#size = Math.max(this.#size / 2, 1);
  }

  /** Begins again at one request, as after a pause. */
  restart(): void {
    this.#hasFailed = true;
    this.#size = 1;
  }
}
