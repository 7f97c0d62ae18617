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
 * the `Content-Encoding`: gzip, deflate and br are undone. Bytes that are not text are shown as hex.
 */
export function responseText(bytes: Buffer, coding: string | null, maxBytes: number): string {
  const decoded = coding === null ? bytes : (withoutCodings(bytes, coding) ?? bytes);
  const kept = decoded.length > maxBytes ? decoded.subarray(0, maxBytes) : decoded;
  const text = kept.toString('utf8');
  if (!text.includes('\0') && !text.includes('\uFFFD')) return text;
  if (!isText(text)) return shownAsHex(kept);
  // Some databases can't store NUL in text.
  return text.replaceAll('\0', '\uFFFD');
}

/** Null when a coding is unknown or the bytes can't be decoded. */
function withoutCodings(bytes: Buffer, coding: string): Buffer | null {
  let decoded: Buffer | null = bytes;
  // RFC 9110, section 8.4: listed in the order in which they were applied.
  for (const name of coding.toLowerCase().split(',').toReversed()) {
    const undo = UNDO[name.trim()];
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

/** Text has hardly any control characters; a single one may be the NUL at the end of a C string. */
function isText(text: string): boolean {
  const controls = text.match(CONTROLS)?.length ?? 0;
  const odd = controls + (text.match(REPLACED)?.length ?? 0);
  return controls < 2 || odd * 10 <= text.length;
}

function shownAsHex(bytes: Buffer): string {
  const hex = bytes.toString('hex', 0, HEX_BYTES);
  return `${bytes.length} bytes that are not text: ${hex}${bytes.length > HEX_BYTES ? '…' : ''}`;
}

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
