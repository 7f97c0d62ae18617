/**
 * The bytes of a body as they arrive, in one buffer: of a body in chunks of one byte, a list of the chunks would take
 * a hundred times as much memory.
 */
export class GatheredBody {
  readonly #maxBytes: number;
  #buffer = Buffer.alloc(0);
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** False when the body has become too large. */
  add(chunk: Uint8Array): boolean {
    const length = this.#length + chunk.length;
    if (length > this.#maxBytes) return false;
    if (length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, Math.min(length * 2, this.#maxBytes)));
      this.whole().copy(larger);
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#length);
    this.#length = length;
    return true;
  }

  whole(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }
}
