import { isBlank, withoutBlanks } from '../../domain/header-field.ts';

/** The parts of a response's head that an exchange needs (RFC 9112). */
export interface ResponseHead {
  readonly statusCode: number;
  readonly retryAfter: string | null;
  readonly location: string | null;
  /** The content codings and transfer codings of the body, in the order in which they were applied, without `chunked`. */
  readonly coding: string | null;
  /** The `webhook-delivery` header: the receiver's instruction about further deliveries. */
  readonly deliveryControl: string | null;
  /** Length of the body in bytes; `Infinity` when it lasts until the connection ends. */
  readonly body: number | 'chunked';
  /** How long the connection may be kept for a next request; 0 when it ends with this response. */
  readonly keepMs: number;
}

/** The bytes are not an HTTP/1.x response, or the end of its body is ambiguous. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/**
 * `text` is a head, with or without the empty line that ends it. Lines may end with a bare LF; malformed
 * lines and misplaced blanks are ignored, as browsers do, and later minor versions are read as HTTP/1.1
 * (RFC 9110, section 2.5). Fields that delimit the body must be valid. Throws `ProtocolError`.
 */
export function parseResponseHead(text: string): ResponseHead {
  const [statusLine, minor, status] = STATUS_LINE.exec(text) ?? [];
  if (statusLine === undefined)
    throw new ProtocolError('the response does not begin with an HTTP/1.x status line');
  const fields = readFields(text, statusLine.length + 1);
  const statusCode = Number(status);
  const bodiless = isBodiless(statusCode);
  const ends = minor === '0' || (bodiless && hasBodyOf(fields));
  return {
    statusCode,
    retryAfter: fields.get('retry-after') ?? null,
    location: fields.get('location') ?? null,
    coding: codingOf(fields),
    deliveryControl: fields.get('webhook-delivery') ?? null,
    body: bodiless ? 0 : bodyOf(fields),
    keepMs: ends ? 0 : keepMsOf(fields),
  };
}

/** The index after the empty line that ends the head, or -1; lines end with LF or CRLF. */
export function endOfHead(text: string, from: number): number {
  const withCr = text.indexOf('\n\r\n', from);
  const lines = withCr < 0 ? text : text.slice(0, withCr);
  const bare = lines.indexOf('\n\n', from);
  if (bare >= 0) return bare + 2;
  return withCr < 0 ? -1 : withCr + 3;
}

/** The wanted fields by lower-case name; values of one name are joined (RFC 9110, section 5.3). */
function readFields(text: string, from: number): Map<string, string> {
  const fields = new Map<string, string>();
  let colon = -1;
  for (let start = from; start < text.length;) {
    // Section 5.2: a line that begins with white space continues the one before.
    if (start > from && isBlank(text, start)) {
      const at = text.charCodeAt(start - 2) === CR ? start - 2 : start - 1;
      return readFields(text.slice(0, at) + text.slice(at).replace(FOLD, ' '), from);
    }
    const lineEnd = indexIn(text, '\n', start);
    const end = text.charCodeAt(lineEnd - 1) === CR ? lineEnd - 1 : lineEnd;
    // Not searched for again in each line without one.
    if (colon < start) colon = indexIn(text, ':', start);
    if (colon > start && colon < end) {
      const name = withoutBlanks(text, start, colon).toLowerCase();
      if (WANTED.has(name)) {
        const value = withoutBlanks(text, colon + 1, end);
        const before = fields.get(name);
        fields.set(name, before === undefined ? value : `${before}, ${value}`);
      }
    }
    start = lineEnd + 1;
  }
  return fields;
}

/** The length of the text when it does not contain the character. */
function indexIn(text: string, character: string, from: number): number {
  const index = text.indexOf(character, from);
  return index < 0 ? text.length : index;
}

/** Section 6.3: responses with these statuses end with their heads, whatever these say. */
function isBodiless(statusCode: number): boolean {
  return statusCode < 200 || statusCode === 204 || statusCode === 304;
}

/** Whether the fields announce a body: it may follow even where none may be. */
function hasBodyOf(fields: ReadonlyMap<string, string>): boolean {
  return fields.has('transfer-encoding') || !NO_LENGTH.test(fields.get('content-length') ?? '');
}

function codingOf(fields: ReadonlyMap<string, string>): string | null {
  const content = fields.get('content-encoding');
  const transfer = fields.get('transfer-encoding')?.replace(CHUNKED_LAST, '') ?? '';
  if (transfer === '') return content ?? null;
  return content === undefined ? transfer : `${content}, ${transfer}`;
}

/**
 * Section 6.3. Two different lengths, or a length and a coding, are refused: they allow response
 * smuggling. A length that is repeated counts once.
 */
function bodyOf(fields: ReadonlyMap<string, string>): number | 'chunked' {
  const length = fields.get('content-length');
  const coding = fields.get('transfer-encoding');
  const [, digits] = length === undefined ? [] : (LENGTH.exec(length) ?? []);
  if (length !== undefined && (coding !== undefined || digits === undefined)) {
    throw new ProtocolError('conflicting or invalid Content-Length and Transfer-Encoding');
  }
  if (coding !== undefined && !CODINGS.test(coding)) {
    throw new ProtocolError('invalid Transfer-Encoding');
  }
  if (coding !== undefined) return CHUNKED_LAST.test(coding) ? 'chunked' : Infinity;
  return digits === undefined ? Infinity : Number(digits);
}

function keepMsOf(fields: ReadonlyMap<string, string>): number {
  if (CLOSE.test(fields.get('connection') ?? '')) return 0;
  const [, seconds] = TIMEOUT.exec(fields.get('keep-alive') ?? '') ?? [];
  if (seconds === undefined) return KEEP_MS;
  return Math.min(Math.max(Number(seconds) * 1000 - KEEP_MARGIN_MS, 0), KEEP_MS);
}

const CR = 0x0d;
const STATUS_LINE = /^HTTP\/1\.(\d)[ \t]+([1-9]\d\d)(?=[ \t\r\n]|$)[^\n]*/i;
const FOLD = /\r?\n[ \t]+/g;
const WANTED = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'keep-alive',
  'location',
  'retry-after',
  'transfer-encoding',
  'webhook-delivery',
]);
/** No more digits than a number can represent exactly. */
const LENGTH = /^(\d{1,15})(?:[ \t]*,[ \t]*\1)*$/;
const NO_LENGTH = /^[0, \t]*$/;
/** Names and parameters; no control characters. */
const CODINGS = /^[\t\x20-\x7e]+$/;
const CHUNKED_LAST = /(?:^|[\s,])chunked$/i;
const CLOSE = /(?:^|[\s,])close(?:$|[\s,])/i;
const TIMEOUT = /(?:^|[\s,;])timeout=(\d{1,9})(?:$|[\s,;])/i;
const KEEP_MS = 30_000;
/** Subtracted from the receiver's keep-alive time: a request in its last moments would meet a closing connection. */
const KEEP_MARGIN_MS = 2_000;
