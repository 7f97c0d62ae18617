/**
 * How many requests of a lane may be in flight. As in TCP: each success lets one more in, so that
 * an endpoint that answers quickly reaches its limit at once and one that recovers is not met by a
 * stampede; each failure halves it, so that an endpoint that hangs ends at one.
 */
export class Window {
  #size: number;

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

  /** A slow success lets in one more per window of them: slowness may be what the load has caused. */
  succeeded(slow: boolean, limit: number): void {
    const size = Math.min(this.#size, limit);
    this.#size = Math.min(size + (slow ? 1 / size : 1), limit);
  }

  failed(): void {
    this.#size = Math.max(this.#size / 2, 1);
  }

  /** Begins again at one request, as after a pause. */
  restart(): void {
    this.#size = 1;
  }
}
