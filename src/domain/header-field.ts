/** Accepted header names and values (RFC 9110, sections 5.1 and 5.5): no characters that could end the line. */
export const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
export const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Names of headers, and of parameters of token requests, whose values are not shown. */
export const SECRET_HEADER: RegExp =
  /authorization|cookie|token|secret|password|credential|api[-_]?key/i;

/** The value for showing: hidden when the name suggests a secret. */
export function shownHeaderValue(name: string, value: string): string {
  return SECRET_HEADER.test(name) ? HIDDEN_VALUE : value;
}

/**
 * A value as it came in a response, one character a byte, for showing: the bytes are UTF-8 where they can be, and
 * user and password in a URL are hidden, because the receiver may repeat those of its own URL.
 */
export function shownReceivedValue(value: string): string {
  const text = NOT_ASCII.test(value) ? Buffer.from(value, 'latin1').toString('utf8') : value;
  return (text.includes('\uFFFD') ? value : text).replaceAll(USER_OF_URL, `//${HIDDEN_VALUE}@`);
}

const NOT_ASCII = /[\x80-\xff]/;
const USER_OF_URL = /\/\/[^/?#\\\s]*@/g;

export function shownValues(values: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(values);
  return Object.fromEntries(entries.map(([name, value]) => [name, shownHeaderValue(name, value)]));
}

/** Whether this is how a value is shown that must not be seen. */
export function isHiddenValue(name: string, value: string): boolean {
  return value === HIDDEN_VALUE && SECRET_HEADER.test(name);
}

const HIDDEN_VALUE = '***';

/**
 * The part of the text without blanks at its ends. Unlike `trim`, keeps control characters: a length that contains
 * one is not valid. Unlike an expression, takes no more time for many blanks.
 */
export function withoutBlanks(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text, start)) start++;
  while (start < end && isBlank(text, end - 1)) end--;
  return text.slice(start, end);
}

export function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x09;
}

/** How many headers a caller may add to a request, and how long each value may be. */
export const MAX_HEADERS = 50;
export const MAX_HEADER_VALUE_CHARS = 4096;
/** Limit for names and values of a message's headers together, because many receivers refuse larger heads. */
export const MAX_HEADERS_CHARS = 8192;

/** Why callers may not set a header of this name; null: they may. */
export function headerNameError(name: string): string | null {
  if (!HEADER_NAME.test(name)) return 'is not a valid header name';
  const lower = name.toLowerCase();
  const isReserved = RESERVED.has(lower) || RESERVED_PREFIX.test(lower);
  return isReserved ? 'is set by the server and cannot be overridden' : null;
}

/** Headers that frame the request or belong to the connection. `RESERVED_PREFIX`: headers of the signature, and
 * those that Svix's server refuses, too. */
const RESERVED = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const RESERVED_PREFIX = /^(webhook-|svix-|x-svix-|x-amzn-)/;
