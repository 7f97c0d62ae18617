/**
 * How many requests of a lane may be in flight. As in TCP, each success adds one, so that an
 * endpoint that answers quickly soon reaches its limit and one that recovers gets no stampede; each
 * failure halves the window, so that an endpoint that hangs ends at one request. Once an endpoint
 * has failed, a whole window of slow successes adds one: the load may be what makes it slow.
 */
export class Window {
  readonly #first: number;
  #size: number;
  #hasFailed = false;

  constructor(first: number) {
    this.#first = first;
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

  /** The window after failures, if it is smaller than that of a new lane; else null. */
  get narrowed(): number | null {
    return this.#hasFailed && this.#size < this.#first ? this.#size : null;
  }

  /** Takes over the narrowed window of the previous owner. */
  narrow(size: number): void {
    this.#hasFailed = true;
    this.#size = Math.max(Math.min(this.#size, size), 1);
  }

  /** Reduces the window to that of a new lane. */
  shrink(): void {
    this.#size = Math.min(this.#size, this.#first);
  }

  /** Begins again at one request, for the time after a pause. */
  restart(): void {
    this.#hasFailed = true;
    this.#size = 1;
  }
}
