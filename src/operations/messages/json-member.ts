/**
 * The exact source text of a top-level member of a JSON object, without the white space around it;
 * null when `text` is not an object or has no such member. Of several members with the same name, the last one
 * counts, as with JSON.parse. So a payload keeps its exact text: `12345678901234567890` and `1.0` would change
 * if they were parsed and printed.
 *
 * `text` must be text that JSON.parse has accepted; this function does not check it again.
 */
export function jsonMember(text: string, name: string): string | null {
  let found: string | null = null;
  let at = skipSpace(text, 0);
  if (text.charCodeAt(at) !== OPEN_BRACE) return null;
  at = skipSpace(text, at + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const keyEnd = stringEnd(text, at);
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = valueEnd(text, valueStart);
    if (isKey(text, at + 1, keyEnd - 1, name)) found = text.slice(valueStart, end);
    at = skipSpace(text, end);
    if (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1);
  }
  return found;
}

/** The exact source texts of the items of a JSON array; null when `text` is not an array. See `jsonMember`. */
export function jsonItems(text: string): string[] | null {
  let at = skipSpace(text, 0);
  if (text.charCodeAt(at) !== OPEN_BRACKET) return null;
  const items: string[] = [];
  at = skipSpace(text, at + 1);
  while (text.charCodeAt(at) !== CLOSE_BRACKET) {
    const end = valueEnd(text, at);
    items.push(text.slice(at, end));
    at = skipSpace(text, end);
    if (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1);
  }
  return items;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const SPACE = 0x20;

function skipSpace(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= SPACE) at++;
  return at;
}

/** The index after the closing quote of the string that begins at `start`. */
function stringEnd(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  for (;;) {
    let before = quote - 1;
    while (text.charCodeAt(before) === BACKSLASH) before--;
    // An odd number of backslashes before the quote escapes it; an even number is pairs of escaped backslashes.
    if ((quote - before) % 2 === 1) return quote + 1;
    quote = text.indexOf('"', quote + 1);
  }
}

function valueEnd(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === QUOTE) return stringEnd(text, start);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return containerEnd(text, start);
  let at = start;
  for (;;) {
    const char = text.charCodeAt(at);
    const isEnd = char === COMMA || char === CLOSE_BRACE || char === CLOSE_BRACKET;
    if (isEnd || char <= SPACE) return at;
    at++;
  }
}

function containerEnd(text: string, start: number): number {
  let depth = 0;
  let at = start;
  for (;;) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      at = stringEnd(text, at);
      continue;
    }
    at++;
    if (char === OPEN_BRACE || char === OPEN_BRACKET) depth++;
    else if ((char === CLOSE_BRACE || char === CLOSE_BRACKET) && --depth === 0) return at;
  }
}

/** Whether the source text of a key means `name`, with or without escapes. */
function isKey(text: string, start: number, end: number, name: string): boolean {
  // A key with escapes is longer than `name`, so a shorter source can't match.
  if (end - start < name.length) return false;
  const raw = text.slice(start, end);
  return raw.includes('\\') ? JSON.parse(`"${raw}"`) === name : raw === name;
}
