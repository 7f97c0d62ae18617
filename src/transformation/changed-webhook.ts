import {
  HEADER_VALUE,
  MAX_HEADERS,
  MAX_HEADER_VALUE_CHARS,
  headerNameError,
} from '../domain/header-field.ts';
import type { ChangedWebhook } from '../domain/transformation.ts';

/**
 * Reads the JSON that `handler` returned. Returns a text with the error when it is not valid; then no request is
 * sent. `url` is the endpoint's URL without user and password; `given` are the headers of the message, which stay
 * when the program returns none.
 */
export function readChanged(
  output: string | null,
  url: string,
  given: Readonly<Record<string, string>>,
): ChangedWebhook | string {
  const made: unknown = output === null ? undefined : JSON.parse(output);
  if (!isRecord(made)) return 'the transformation must return the webhook, an object';
  const { cancel = false, method = 'POST', headers = given, payload, url: madeUrl = url } = made;
  if (typeof cancel !== 'boolean') return 'the transformation must set cancel to true or false';
  if (method !== 'POST' && method !== 'PUT' && method !== 'PATCH') {
    return 'the transformation must set method to POST, PUT or PATCH';
  }
  const path = pathOf(madeUrl, url);
  if (path === null) {
    return 'the transformation set a URL of another host: only path and query may change';
  }
  if (path.length > MAX_PATH_CHARS) return 'the transformation set a URL that is too long';
  if (!cancel && payload === undefined) return 'the transformation returned no payload';
  const wrong = headersError(headers);
  if (wrong !== null) return `the transformation set a header that cannot be sent: ${wrong}`;
  const text = textOf(payload ?? null);
  if (text === null) return 'the transformation returned a payload that is nested too deeply';
  return {
    cancel,
    method,
    path,
    payload: text,
    headers: headers as Record<string, string>,
  };
}

/** As long as the URL of an endpoint may be. */
const MAX_PATH_CHARS = 65_536;

/** The payload as text; null when it is nested too deeply to be printed here. */
function textOf(payload: unknown): string | null {
  if (typeof payload === 'string') return payload.toWellFormed();
  try {
    return JSON.stringify(payload);
  } catch {
    // Don't throw: this runs in an event handler of a thread, where an error would end the process.
    return null;
  }
}

/** Path and query of the URL; null when it is not a URL, or one of another host. */
function pathOf(made: unknown, url: string): string | null {
  if (made === url) return pathAndQuery(new URL(url));
  const parsed = typeof made === 'string' ? URL.parse(made) : null;
  if (parsed === null || parsed.origin !== new URL(url).origin) return null;
  // The host must stay the same, because guard, connections and lane belong to the endpoint's host.
  if (parsed.username !== '' || parsed.password !== '') return null;
  return pathAndQuery(parsed);
}

function pathAndQuery({ pathname, search }: URL): string {
  return `${pathname}${search}`;
}

function headersError(headers: unknown): string | null {
  if (!isRecord(headers)) return 'headers must be an object';
  const entries = Object.entries(headers);
  if (entries.length > MAX_HEADERS) return `more than ${MAX_HEADERS}`;
  const seen = new Set<string>();
  for (const [name, value] of entries) {
    const shown = JSON.stringify(name.slice(0, 100));
    const wrong = headerNameError(name);
    if (wrong !== null) return `${shown} ${wrong}`;
    if (typeof value !== 'string' || value.length > MAX_HEADER_VALUE_CHARS) {
      return `${shown} must be a text of at most ${MAX_HEADER_VALUE_CHARS} characters`;
    }
    if (!HEADER_VALUE.test(value)) return `${shown} has characters that headers cannot hold`;
    if (seen.has(name.toLowerCase())) return `${shown} is given twice, in different cases`;
    seen.add(name.toLowerCase());
  }
  return null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
