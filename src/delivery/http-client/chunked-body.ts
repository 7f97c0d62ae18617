import { ProtocolError } from './response-head.ts';

/** Decodes a chunked body (RFC 9112, section 7.1) that arrives in reads of any length. */
export class ChunkedBody {
  ended = false;
  #expects: Part = 'size';
  #digits = 0;
  /** Of the current chunk: the part of its size read so far, then the bytes still to come. */
  #left = 0;

  /** Calls `onData` with the range of each piece of data. Returns the index after the bytes read. */
  read(
    bytes: Buffer,
    from: number,
    end: number,
    onData: (from: number, to: number) => void,
  ): number {
    let at = from;
    while (at < end && !this.ended) {
      if (this.#expects !== 'data') {
        this.#step(bytes[at++] ?? 0);
        continue;
      }
      const to = Math.min(at + this.#left, end);
      onData(at, to);
      this.#left -= to - at;
      at = to;
      if (this.#left === 0) this.#expects = 'CR after data';
    }
    return at;
  }

  #step(byte: number): void {
    switch (this.#expects) {
      case 'size':
        return this.#stepInSize(byte);
      case 'extension':
        if (byte === CR) this.#expects = 'LF after size';
        return;
      case 'LF after size':
        this.#digits = 0;
        return this.#demand(byte, LF, this.#left === 0 ? 'trailer' : 'data');
      case 'CR after data':
        return this.#demand(byte, CR, 'LF after data');
      case 'LF after data':
        return this.#demand(byte, LF, 'size');
      case 'trailer':
        this.#expects = byte === CR ? 'last LF' : 'rest of trailer';
        return;
      case 'rest of trailer':
        if (byte === LF) this.#expects = 'trailer';
        return;
      case 'last LF':
        this.#demand(byte, LF, 'size');
        this.ended = true;
    }
  }

  #stepInSize(byte: number): void {
    const digit = Number.parseInt(String.fromCharCode(byte), 16);
    if (digit >= 0 && ++this.#digits <= MAX_DIGITS) this.#left = this.#left * 16 + digit;
    else if (this.#digits === 0 || this.#digits > MAX_DIGITS) throw malformed();
    else if (byte === CR) this.#expects = 'LF after size';
    else if (byte === SEMICOLON || byte === SPACE || byte === TAB) this.#expects = 'extension';
    else throw malformed();
  }

  #demand(byte: number, demanded: number, next: Part): void {
    if (byte !== demanded) throw malformed();
    this.#expects = next;
  }
}

type Part =
  | 'size'
  | 'extension'
  | 'LF after size'
  | 'data'
  | 'CR after data'
  | 'LF after data'
  | 'trailer'
  | 'rest of trailer'
  | 'last LF';

function malformed(): ProtocolError {
  return new ProtocolError('malformed chunk in the response body');
}

const MAX_DIGITS = 8;
const CR = 0x0d;
const LF = 0x0a;
const SEMICOLON = 0x3b;
const SPACE = 0x20;
const TAB = 0x09;
