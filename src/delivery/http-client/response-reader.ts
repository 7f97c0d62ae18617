import { ChunkedBody } from './chunked-body.ts';
import { ProtocolError, type ResponseHead, endOfHead, parseResponseHead } from './response-head.ts';
import { responseText } from './response-text.ts';

/** Reads one response as its bytes arrive. Keeps the first part of the body, and cuts a long one. */
export class ResponseReader {
  /** Null until the head of the final response has arrived; an interim one (1xx) does not count. */
  head: ResponseHead | null = null;
  /** The text of that head. */
  headLines: string | null = null;
  /** At least one byte of a response has arrived; empty lines before it don't count. */
  begun = false;
  #headText = '';
  #headBytes = 0;
  /** Bytes of the body still to come, unless it is chunked. */
  #left = 0;
  #chunks: ChunkedBody | null = null;
  #bodyBytes = 0;
  #kept: Buffer | null = null;
  #keptBytes = 0;

  /**
   * Reads the first `length` of `bytes`; the caller may overwrite them afterwards. Returns `whole` when the
   * response ends with these bytes, `excess` when bytes followed the response, `cut` when the body is longer
   * than the bound. After `excess` and `cut` the connection can't be used again. Throws `ProtocolError`.
   */
  read(bytes: Buffer, length: number): 'part' | 'whole' | 'excess' | 'cut' {
    let at = 0;
    while (this.head === null) {
      at = this.#readHead(bytes, at, length);
      if (at === INCOMPLETE) return 'part';
    }
    const after = this.#readBody(bytes, at, length);
    if (this.#isWhole()) return after < length ? 'excess' : 'whole';
    this.#bodyBytes += length - at;
    return this.#bodyBytes > READ_BYTES ? 'cut' : 'part';
  }

  /** Whether the body ends with the connection. */
  endsWithConnection(): boolean {
    return this.head?.body === Infinity;
  }

  /** The first bytes of the body, as text (see `responseText`). */
  text(): string {
    if (this.#kept === null) return '';
    const bytes = this.#kept.subarray(0, this.#keptBytes);
    const { head, headLines } = this;
    return responseText(bytes, head?.coding ?? null, KEEP_BYTES, () => charsetIn(headLines ?? ''));
  }

  /** Returns the index after the head, or `INCOMPLETE`. */
  #readHead(bytes: Buffer, begin: number, length: number): number {
    const before = this.#headText.length;
    const from = before === 0 ? this.#skipBlanks(bytes, begin, length) : begin;
    this.begun ||= from < length;
    const part = bytes.toString('latin1', from, length);
    const text = this.#headText + part;
    // Searching flattens the text: with a search per read, a head that arrives byte by byte would be copied for each byte.
    const end = part.includes('\n') ? endOfHead(text, Math.max(before - 2, 0)) : INCOMPLETE;
    const size = end === INCOMPLETE ? text.length : end;
    if (this.#headBytes + size > MAX_HEAD_BYTES) {
      throw new ProtocolError(`the response headers are longer than ${MAX_HEAD_BYTES / 1024} KiB`);
    }
    if (end === INCOMPLETE) {
      if (before < VERSION.length && !isVersion(text.slice(0, VERSION.length))) {
        throw new ProtocolError('the response is not HTTP/1.x');
      }
      this.#headText = text;
      return INCOMPLETE;
    }
    this.#headText = '';
    this.#headBytes += size;
    const lines = text.slice(0, end);
    const head = parseResponseHead(lines);
    if (head.statusCode === 101) throw new ProtocolError('unexpected 101 Switching Protocols');
    if (head.statusCode >= 200) this.#begin(head, lines);
    return from + size - before;
  }

  /** Some receivers send an empty line after a body, which then comes before the next response. */
  #skipBlanks(bytes: Buffer, from: number, length: number): number {
    let at = from;
    while (at < length && BLANKS.includes(bytes[at] ?? 0)) at++;
    this.#headBytes += at - from;
    return at;
  }

  #begin(head: ResponseHead, lines: string): void {
    this.head = head;
    this.headLines = lines;
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
    // One buffer, not one per read: a receiver that sends single bytes must not cause thousands.
    this.#kept ??= Buffer.allocUnsafe(this.#chunks ? KEEP_BYTES : Math.min(this.#left, KEEP_BYTES));
    bytes.copy(this.#kept, this.#keptBytes, from, from + count);
    this.#keptBytes += count;
  }
}

function isVersion(start: string): boolean {
  return VERSION.startsWith(start.toUpperCase());
}

/** The charset that the `Content-Type` of a head declares. */
function charsetIn(head: string): string | null {
  return CHARSET.exec(head)?.[1] ?? null;
}

const CHARSET = /^[ \t]*content-type[ \t]*:[^\r\n]*;[ \t]*charset="?([\w.:-]+)/im;
const VERSION = 'HTTP/1.';
const BLANKS = [0x0d, 0x0a, 0x20, 0x09];
const INCOMPLETE = -1;
const MAX_HEAD_BYTES = 64 * 1024;
/** Bytes of a body that are kept for the record. */
const KEEP_BYTES = 4 * 1024;
/** Bytes of a body that are read before it is cut. */
export const READ_BYTES = 64 * 1024;
