import {
  type ZlibOptions,
  brotliDecompressSync,
  constants,
  gunzipSync,
  inflateRawSync,
  inflateSync,
} from 'node:zlib';

/**
 * The first bytes of a response's body as text for the record, at most `maxBytes` of it. `coding` is
 * the `Content-Encoding`: gzip, deflate and br are undone. Text that is not UTF-8 is read in the declared charset,
 * which `charsetOf` returns; bytes that are not text are shown as hex.
 */
export function responseText(
  bytes: Buffer,
  coding: string | null,
  maxBytes: number,
  charsetOf: () => string | null = () => null,
): string {
  const decoded = coding === null ? bytes : (withoutCodings(bytes, coding) ?? bytes);
  const kept = decoded.length > maxBytes ? decoded.subarray(0, maxBytes) : decoded;
  const utf8 = kept.toString('utf8');
  if (!utf8.includes('\0') && !utf8.includes('\uFFFD')) return utf8;
  const charset = charsetOf();
  const text = charset === null ? utf8 : (textIn(charset, kept) ?? utf8);
  if (!isText(text)) return shownAsHex(kept);
  // Some databases can't store NUL in text.
  return text.replaceAll('\0', '\uFFFD');
}

/** Null when the charset is unknown. */
function textIn(charset: string, bytes: Buffer): string | null {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return null;
  }
}

/** Null when a coding is unknown, there are too many, or the bytes can't be decoded. */
function withoutCodings(bytes: Buffer, coding: string): Buffer | null {
  // RFC 9110, section 5.6.1: empty elements of a list are ignored.
  const names = coding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length > MAX_CODINGS) return null;
  let decoded: Buffer | null = bytes;
  // RFC 9110, section 8.4: listed in the order in which they were applied.
  for (const name of names.toReversed()) {
    const undo = UNDO[name];
    if (undo === undefined || decoded === null) return null;
    decoded = undoPart(decoded, undo);
  }
  return decoded;
}

/** A few bytes can expand to gigabytes: then only a part of them is expanded. */
function undoPart(bytes: Buffer, undo: (part: Buffer) => Buffer): Buffer | null {
  for (let length = bytes.length; length > 0; length = Math.floor(length / 2)) {
    try {
      return undo(bytes.subarray(0, length));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return null;
    }
  }
  return null;
}

/**
 * Text has hardly any characters that are none. Odd, but not by themselves, are one control character (the NUL at
 * the end of a C string) and two that are not UTF-8 (a short text in another charset, or half of a character).
 */
function isText(text: string): boolean {
  const controls = text.match(CONTROLS)?.length ?? 0;
  const replaced = text.match(REPLACED)?.length ?? 0;
  const odd = controls + replaced;
  return odd * 10 <= text.length || (controls < 2 && replaced < 3 && odd < text.length);
}

function shownAsHex(bytes: Buffer): string {
  const hex = bytes.toString('hex', 0, HEX_BYTES);
  return `${bytes.length} bytes that are not text: ${hex}${bytes.length > HEX_BYTES ? '…' : ''}`;
}

/** More is no real response: each coding costs time. */
const MAX_CODINGS = 4;
const MAX_EXPANDED_BYTES = 64 * 1024;
/** The bytes may be only the first part of a stream, so a missing end is no error. */
const PART: ZlibOptions = {
  maxOutputLength: MAX_EXPANDED_BYTES,
  finishFlush: constants.Z_SYNC_FLUSH,
};
const BROTLI_PART = {
  maxOutputLength: MAX_EXPANDED_BYTES,
  finishFlush: constants.BROTLI_OPERATION_FLUSH,
};

const gunzip = (bytes: Buffer) => gunzipSync(bytes, PART);

const UNDO: Readonly<Partial<Record<string, (bytes: Buffer) => Buffer>>> = {
  identity: (bytes) => bytes,
  gzip: gunzip,
  'x-gzip': gunzip,
  deflate: inflate,
  br: (bytes) => brotliDecompressSync(bytes, BROTLI_PART),
};

/** The zlib format by RFC 9110, section 8.4.1.2; some receivers send the bare deflate format. */
function inflate(bytes: Buffer): Buffer {
  const isZlib =
    bytes.length > 1 && (bytes.readUInt8(0) & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0;
  return isZlib ? inflateSync(bytes, PART) : inflateRawSync(bytes, PART);
}

// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]/g;
const REPLACED = /\uFFFD/g;
const HEX_BYTES = 256;
