import { createHash, randomFillSync } from 'node:crypto';
import type { Clock } from './clock.ts';

export type IdPrefix = 'app' | 'ep' | 'msg' | 'atmpt' | 'qtask' | 'key' | 'audit' | 'lreq';

export interface Ids {
  /**
   * A new id, `msg_` and 27 base62 characters: a KSUID, that is 4 bytes of seconds since
   * 2014-05-13T16:53:20Z and 16 bytes that begin each second at random. Greater, as text compared
   * byte by byte, than every earlier id of this process with the same prefix, even when the clock was
   * set back. Ids are not secret and give no access.
   */
  next(prefix: IdPrefix): string;
}

/** `fillRandom` fills its argument with unpredictable bytes. */
export function createIds(
  clock: Pick<Clock, 'now'>,
  fillRandom: (bytes: Uint8Array) => void = randomFillSync,
): Ids {
  const digits = new Uint8Array(DIGITS);
  const payload = new Uint8Array(16);
  let second = -1;
  // An id is `head` + `tail`. Between two ids only the tail changes, except for a carry every 62⁴ ids.
  let head = '';
  let tail = 0;

  function beginSecond(now: number): void {
    second = now;
    fillRandom(payload);
    // Begins in the lower half, so that counting up 2¹²⁷ times stays within the second.
    payload[0] = (payload[0] ?? 0) & 0x7f;
    encode(now, payload, digits);
    head = print(digits.subarray(0, HEAD_DIGITS));
    tail = digits.subarray(HEAD_DIGITS).reduce((value, digit) => value * BASE + digit, 0);
  }

  function carry(): void {
    tail = 0;
    let i = HEAD_DIGITS - 1;
    while (digits[i] === BASE - 1) digits[i--] = 0;
    digits[i] = (digits[i] ?? 0) + 1;
    head = print(digits.subarray(0, HEAD_DIGITS));
  }

  return {
    next(prefix) {
      const now = Math.max(0, Math.floor(clock.now() / 1000) - EPOCH_SECONDS);
      if (now > second) beginSecond(now);
      else if (++tail === TAIL_END) carry();
      return `${prefix}_${head}${PAIRS[Math.floor(tail / PAIR_END)]}${PAIRS[tail % PAIR_END]}`;
    },
  };
}

export function isId(prefix: IdPrefix, text: unknown): boolean {
  return (
    typeof text === 'string' &&
    text.startsWith(`${prefix}_`) &&
    BODY.test(text.slice(prefix.length + 1)) &&
    text.slice(prefix.length + 1) <= GREATEST
  );
}

/** When the id was made, rounded down to the second. Only for text that `isId` accepts. */
export function idTime(id: string): number {
  // The inverse of `encode`: 27 digits into five words of 32 bits.
  const words = new Uint32Array(WORDS);
  for (const char of id.slice(id.lastIndexOf('_') + 1)) {
    let carried = ALPHABET.indexOf(char);
    for (let i = WORDS - 1; i >= 0; i--) {
      const value = (words[i] ?? 0) * BASE + carried;
      words[i] = value % WORD_END;
      carried = Math.floor(value / WORD_END);
    }
  }
  return ((words[0] ?? 0) + EPOCH_SECONDS) * 1000;
}

/** An id below all ids of the prefix made in the second of `instant` or later, and above all earlier ones. */
export function firstId(prefix: IdPrefix, instant: number): string {
  const seconds = Math.floor(instant / 1000) - EPOCH_SECONDS;
  const digits = new Uint8Array(DIGITS);
  encode(Math.min(Math.max(0, seconds), WORD_END - 1), new Uint8Array(16), digits);
  return `${prefix}_${print(digits)}`;
}

/** Derives another id of the same second from an id and an owner; always the same result. Only for text that `isId` accepts. */
export function derivedId(prefix: IdPrefix, id: string, owner: string): string {
  const hash = createHash('sha256').update(`${owner} ${id}`).digest();
  const digits = new Uint8Array(DIGITS);
  encode(idTime(id) / 1000 - EPOCH_SECONDS, Uint8Array.from(hash.subarray(0, 16)), digits);
  return `${prefix}_${print(digits)}`;
}

const EPOCH_SECONDS = 1_400_000_000;
// In the order of ASCII, so that digits and characters sort alike.
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = 62;
const DIGITS = 27;
const HEAD_DIGITS = 23;
const TAIL_END = BASE ** (DIGITS - HEAD_DIGITS);
const PAIR_END = BASE ** 2;
const PAIRS = Array.from(ALPHABET, (high) => Array.from(ALPHABET, (low) => high + low)).flat();
const BODY = /^[0-9A-Za-z]{27}$/;
/** All 160 bits set: 27 digits could hold a little more. */
const GREATEST = 'aWgEPTl1tmebfsQzFP4bxwgy80V';
const WORDS = 5;
const WORD_END = 2 ** 32;

/** Long division of the 160-bit number by 62, into base62 digits. */
function encode(seconds: number, payload: Uint8Array, digits: Uint8Array): void {
  const view = new DataView(payload.buffer);
  const words = [seconds, ...[0, 4, 8, 12].map((at) => view.getUint32(at))];
  for (let digit = DIGITS - 1; digit >= 0; digit--) {
    let remainder = 0;
    for (const [i, word] of words.entries()) {
      const value = remainder * WORD_END + word;
      words[i] = Math.floor(value / BASE);
      remainder = value % BASE;
    }
    digits[digit] = remainder;
  }
}

function print(digits: Uint8Array): string {
  return Array.from(digits, (digit) => ALPHABET[digit]).join('');
}
