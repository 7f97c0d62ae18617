import { ChunkedBody } from './chunked-body.ts';
import { ResponseFault, type ResponseHead, parseResponseHead } from './response-head.ts';

/** Reads one response as its bytes arrive, keeps little of it, and gives up on what has no end. */
export class ResponseReader {
  /** Null until the whole head of the answer proper (not a 1xx before it) has arrived. */
  head: ResponseHead | null = null;
  /** Some byte has arrived. */
  begun = false;
  #headText = '';
  #headBytes = 0;
  /** Of the body: bytes that are missing, when it is not chunked. */
  #left = 0;
  #chunks: ChunkedBody | null = null;
  #bodyBytes = 0;
  #kept: Buffer | null = null;
  #keptBytes = 0;

  /**
   * Takes the first `length` of `bytes`, which the caller may use again afterwards. `whole`: the
   * response has ended with them. `excess`: more came than belongs to it, or than is read of it;
   * its connection is good for nothing more. Throws `ResponseFault`.
   */
  read(bytes: Buffer, length: number): 'part' | 'whole' | 'excess' {
    this.begun = true;
    let at = 0;
    while (this.head === null) {
      at = this.#readHead(bytes, at, length);
      if (at === NOWHERE) return 'part';
    }
    const after = this.#readBody(bytes, at, length);
    if (this.#isWhole()) return after < length ? 'excess' : 'whole';
    this.#bodyBytes += length - at;
    return this.#bodyBytes > READ_BYTES ? 'excess' : 'part';
  }

  /** Whether the end of the connection is how this response ends. */
  endsWithConnection(): boolean {
    return this.head?.body === Infinity;
  }

  /** The first bytes of the body, as text. */
  text(): string {
    if (this.#kept === null) return '';
    const text = this.#kept.toString('utf8', 0, this.#keptBytes);
    // NUL can't be stored as text by every database.
    return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text;
  }

  /** Returns where the head ended. */
  #readHead(bytes: Buffer, from: number, length: number): number {
    const before = this.#headText.length;
    const text = this.#headText + bytes.toString('latin1', from, length);
    const end = text.indexOf(HEAD_END, Math.max(before - HEAD_END.length, 0));
    const size = end < 0 ? text.length : end + HEAD_END.length;
    if (this.#headBytes + size > MAX_HEAD_BYTES) {
      throw new ResponseFault(`the headers are longer than ${MAX_HEAD_BYTES} bytes`);
    }
    if (end < 0) {
      if (!text.startsWith(VERSION) && !VERSION.startsWith(text)) {
        throw new ResponseFault('the answer is not HTTP/1.x');
      }
      this.#headText = text;
      return NOWHERE;
    }
    this.#headText = '';
    this.#headBytes += size;
    const head = parseResponseHead(text.slice(0, end));
    if (head.statusCode === 101) throw new ResponseFault('it switched protocols unasked');
    if (head.statusCode >= 200) this.#begin(head);
    return from + size - before;
  }

  #begin(head: ResponseHead): void {
    this.head = head;
    if (head.body === 'chunked') this.#chunks = new ChunkedBody();
    else this.#left = head.body;
  }

  #readBody(bytes: Buffer, from: number, length: number): number {
    if (this.#chunks !== null) {
      return this.#chunks.read(bytes, from, length, (start, end) => this.#keep(bytes, start, end));
    }
    const end = Math.min(from + this.#left, length);
    this.#keep(bytes, from, end);
    this.#left -= end - from;
    return end;
  }

  #isWhole(): boolean {
    return this.#chunks === null ? this.#left === 0 : this.#chunks.ended;
  }

  #keep(bytes: Buffer, from: number, to: number): void {
    const count = Math.min(to - from, KEEP_BYTES - this.#keptBytes);
    if (count <= 0) return;
    // One buffer, not a part per read: who sends single bytes must not make thousands of parts.
    this.#kept ??= Buffer.allocUnsafe(this.#chunks ? KEEP_BYTES : Math.min(this.#left, KEEP_BYTES));
    bytes.copy(this.#kept, this.#keptBytes, from, from + count);
    this.#keptBytes += count;
  }
}

const VERSION = 'HTTP/1.';
const HEAD_END = '\r\n\r\n';
const NOWHERE = -1;
const MAX_HEAD_BYTES = 16 * 1024;
/** How much of a body is kept for the record, and how much is read before it is cut. */
const KEEP_BYTES = 4 * 1024;
const READ_BYTES = 64 * 1024;
