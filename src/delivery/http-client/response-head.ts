/** The parts of a response's head that an exchange needs (RFC 9112). */
export interface ResponseHead {
  readonly statusCode: number;
  readonly retryAfter: string | null;
  /** Length of the body in bytes; `Infinity` when it lasts until the connection ends. */
  readonly body: number | 'chunked';
  /** How long the connection may be kept for a next request; 0 when it ends with this response. */
  readonly keepMs: number;
}

/** The bytes are not an HTTP/1.x response, or the end of its body is ambiguous. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** `text` is a head without the empty line that ends it. Throws `ProtocolError`. */
export function parseResponseHead(text: string): ResponseHead {
  const [statusLine, minor, status] = STATUS_LINE.exec(text) ?? [];
  if (statusLine === undefined)
    throw new ProtocolError('the response does not begin with an HTTP/1.x status line');
  if (STRAY.test(text)) throw new ProtocolError('stray NUL, CR or LF in the response headers');
  const fields = readFields(text, statusLine.length);
  const statusCode = Number(status);
  return {
    statusCode,
    retryAfter: fields.get('retry-after') ?? null,
    body: bodyOf(statusCode, fields),
    keepMs: minor === '1' ? keepMsOf(fields) : 0,
  };
}

/** The wanted fields by lower-case name; values of one name are joined (RFC 9110, section 5.3). */
function readFields(text: string, from: number): Map<string, string> {
  const fields = new Map<string, string>();
  for (let at = from; at < text.length;) {
    const start = at + 2;
    const next = text.indexOf('\r\n', start);
    const end = next < 0 ? text.length : next;
    // Section 5.2: a line that begins with white space continues the one before.
    const folded = isBlank(text, start);
    if (folded && at > from) return readFields(text.replace(FOLD, ' '), from);
    const colon = text.indexOf(':', start);
    if (folded || colon <= start || colon > end || isBlank(text, colon - 1)) {
      throw new ProtocolError(
        `malformed header line "${text.slice(start, Math.min(end, start + 40))}"`,
      );
    }
    const name = text.slice(start, colon).toLowerCase();
    if (WANTED.has(name)) {
      const value = text.slice(colon + 1, end).trim();
      const before = fields.get(name);
      fields.set(name, before === undefined ? value : `${before}, ${value}`);
    }
    at = end;
  }
  return fields;
}

/** Section 6.3. Two lengths, or a length and a coding, are refused: they allow response smuggling. */
function bodyOf(statusCode: number, fields: ReadonlyMap<string, string>): number | 'chunked' {
  const length = fields.get('content-length');
  const coding = fields.get('transfer-encoding');
  if (length !== undefined && (coding !== undefined || !LENGTH.test(length))) {
    throw new ProtocolError('conflicting or invalid Content-Length and Transfer-Encoding');
  }
  if (statusCode < 200 || statusCode === 204 || statusCode === 304) return 0;
  if (coding !== undefined) return CHUNKED_LAST.test(coding) ? 'chunked' : Infinity;
  return length === undefined ? Infinity : Number(length);
}

function keepMsOf(fields: ReadonlyMap<string, string>): number {
  if (CLOSE.test(fields.get('connection') ?? '')) return 0;
  const [, seconds] = TIMEOUT.exec(fields.get('keep-alive') ?? '') ?? [];
  if (seconds === undefined) return KEEP_MS;
  return Math.min(Math.max(Number(seconds) * 1000 - KEEP_MARGIN_MS, 0), KEEP_MS);
}

function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x09;
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [^\r\n]*)?(?=\r\n|$)/;
const STRAY = /\0|\r(?!\n)|(?<!\r)\n/;
const FOLD = /\r\n[ \t]+/g;
const WANTED = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'retry-after',
  'transfer-encoding',
]);
/** No more digits than a number can represent exactly. */
const LENGTH = /^\d{1,15}$/;
const CHUNKED_LAST = /(?:^|[\s,])chunked$/i;
const CLOSE = /(?:^|[\s,])close(?:$|[\s,])/i;
const TIMEOUT = /(?:^|[\s,;])timeout=(\d{1,9})(?:$|[\s,;])/i;
const KEEP_MS = 30_000;
/** A request sent in the last moments would meet a connection that the receiver is closing. */
const KEEP_MARGIN_MS = 2_000;
