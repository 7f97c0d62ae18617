import { shownHeaderValue, shownReceivedValue, withoutBlanks } from './header-field.ts';

/** Headers, size and times of an attempt's request and response. */
export interface AttemptExchange {
  /** The headers that were sent, by name. Values that look secret are `***`. */
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** Size of the request's body. */
  readonly requestBytes: number;
  /** The headers of the response, within the first `KEPT_HEAD_CHARS` of its head; null: no response arrived. */
  readonly responseHeaders: Readonly<Record<string, string>> | null;
  readonly times: ExchangeTimes;
}

/** Durations. Null: the step was not reached, or a connection was reused. */
export interface ExchangeTimes {
  readonly resolveMs: number | null;
  readonly connectMs: number | null;
  readonly tlsMs: number | null;
  /** From the beginning of the attempt to the first byte of the response. */
  readonly firstByteMs: number | null;
}

/** The parts of a sent request that its record needs. */
export interface SentRequest {
  /** `headerLines` of the headers that all requests to the endpoint share, as JSON text. */
  readonly lines: string;
  readonly signature: string;
  /** Whether the three headers were sent under their `svix-` names, too. */
  readonly svixHeaders: boolean;
  /** Header lines of the endpoint's own signature; empty without one. */
  readonly ownSignature: string;
  readonly bytes: number;
}

/**
 * The stored form of an exchange. It is made for every attempt, so it leaves out values that the attempt has
 * already (id, time) and headers that are the same everywhere.
 */
export function encodeExchange(
  { lines, signature, svixHeaders, ownSignature, bytes }: SentRequest,
  times: ExchangeTimes | null | undefined,
  responseHead: string | null | undefined,
): string {
  const { resolveMs, connectMs, tlsMs, firstByteMs } = times ?? NO_TIMES;
  const own = ownSignature === '' ? '""' : JSON.stringify(ownSignature);
  const head = responseHead ? headJson(responseHead) : 'null';
  return `[1,${bytes},${tenths(resolveMs)},${tenths(connectMs)},${tenths(tlsMs)},${tenths(firstByteMs)},${lines},"${signature}",${svixHeaders ? 1 : 0},${own},${head}]`;
}

/** Header lines for `SentRequest`, without headers that are the same in every request, and without secrets. */
export function headerLines(head: string): string {
  const kept = fieldsOf(head).filter(([name, value]) => ALIKE[name] !== value);
  return JSON.stringify(kept.map(([name, value]) => `${name}: ${value}`).join('\n'));
}

export function decodeExchange(
  text: string,
  { messageId, startedAt }: { readonly messageId: string; readonly startedAt: number },
): AttemptExchange {
  const [, bytes, resolve, connect, tls, firstByte, lines, signature, svix, own, head] = JSON.parse(
    text,
  ) as Encoded;
  const signed = {
    id: messageId,
    timestamp: String(Math.floor(startedAt / 1000)),
    signature,
  };
  const fields = fieldsOf(lines);
  const given = new Set(fields.map(([name]) => name.toLowerCase()));
  const alike = Object.entries(ALIKE).filter(([name]) => !given.has(name.toLowerCase()));
  const prefixes = svix === 1 ? ['webhook-', 'svix-'] : ['webhook-'];
  return {
    requestHeaders: {
      ...Object.fromEntries([...alike, ...fields]),
      'Content-Length': String(bytes),
      ...Object.fromEntries(
        prefixes.flatMap((prefix) =>
          Object.entries(signed).map(([name, value]) => [`${prefix}${name}`, value]),
        ),
      ),
      ...joined(fieldsOf(own)),
    },
    requestBytes: bytes,
    responseHeaders: head === null ? null : joined(receivedFieldsOf(head)),
    times: {
      resolveMs: msOf(resolve),
      connectMs: msOf(connect),
      tlsMs: msOf(tls),
      firstByteMs: msOf(firstByte),
    },
  };
}

/** Times are in tenths of milliseconds. */
type Encoded = readonly [
  version: 1,
  bytes: number,
  resolve: number | null,
  connect: number | null,
  tls: number | null,
  firstByte: number | null,
  lines: string,
  signature: string,
  svixHeaders: 0 | 1,
  ownSignature: string,
  responseHead: string | null,
];

type Field = readonly [name: string, value: string];

/** Reads the lines as the HTTP client does: continued lines, and blanks before a name or a colon. */
function receivedFieldsOf(head: string): Field[] {
  return fieldsOf(head.replaceAll(CONTINUED, ' ')).map(
    ([name, value]) => [name, shownReceivedValue(value)] as const,
  );
}

/** The header fields of a head. Skips the request or status line, and malformed lines. */
function fieldsOf(head: string): Field[] {
  return head.split(/\r?\n/).flatMap((line) => {
    const [, name, value = ''] = FIELD.exec(line) ?? [];
    if (name === undefined) return [];
    return [[name, shownHeaderValue(name, withoutBlanks(value, 0, value.length))] as const];
  });
}

/** Joins the values of each name (RFC 9110, section 5.3). */
function joined(fields: readonly Field[]): Record<string, string> {
  const all = new Map<string, string>();
  for (const [name, value] of fields) {
    const before = all.get(name);
    all.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(all);
}

/** Tenths of milliseconds: whole numbers are printed several times as fast. */
function tenths(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 10);
}

function msOf(tenths: number | null): number | null {
  return tenths === null ? null : tenths / 10;
}

let last = { head: '', json: '""' };

/** Caches the last result: within a second, the responses of one receiver often have the same head. */
function headJson(head: string): string {
  if (head !== last.head) {
    last = { head, json: JSON.stringify(head.slice(0, KEPT_HEAD_CHARS).replaceAll('\r\n', '\n')) };
  }
  return last.json;
}

/** Headers that are left out of stored attempts and added when these are shown. Never change: old attempts rely on it. */
const ALIKE: Readonly<Record<string, string>> = {
  'Content-Type': 'application/json',
  Accept: '*/*',
  'Accept-Encoding': 'identity',
  Connection: 'keep-alive',
};
const FIELD = /^[ \t]*([^\s:]+)[ \t]*:(.*)$/;
/** The end of a line that the next one continues; the status line is never continued. */
const CONTINUED = /\r?\n(?<=\n[^\n]*\n)[ \t]+/g;
const NO_TIMES: ExchangeTimes = {
  resolveMs: null,
  connectMs: null,
  tlsMs: null,
  firstByteMs: null,
};
const KEPT_HEAD_CHARS = 2_048;
