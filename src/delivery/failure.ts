import type { AttemptFailure } from '../domain/attempt.ts';

/** What an error of the HTTP client says about the exchange, in a word and a sentence. */
export interface ClassifiedFailure {
  readonly failure: AttemptFailure;
  readonly detail: string;
  /** It is this machine that ran short (sockets, memory): no fault of the endpoint's. */
  readonly ours: boolean;
}

export function classifyFailure(error: Error): ClassifiedFailure {
  const cause = innermost(error);
  const code = codeOf(cause);
  return {
    failure: kindOf(code, cause),
    detail: code && !cause.message.includes(code) ? `${cause.message} (${code})` : cause.message,
    ours: OUR_SHORTAGE.has(code),
  };
}

const KINDS: readonly (readonly [AttemptFailure, RegExp])[] = [
  ['address', /^EADDRNOTALLOWED$/],
  ['timeout', /^(UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT)$/],
  ['dns', /^(ENOTFOUND|EAI_|ENODATA|ESERVFAIL|EREFUSED$|ENONAME)/],
  [
    'tls',
    /^(ERR_TLS|ERR_SSL|EPROTO$|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH)/,
  ],
  ['protocol', /^(HPE_|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_|UND_ERR_NOT_SUPPORTED)/],
  ['request', /^(UND_ERR_INVALID_ARG|UND_ERR_REQ_|ERR_INVALID_|ERR_UNESCAPED)/],
];

const OUR_SHORTAGE = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL']);

function kindOf(code: string, error: Error): AttemptFailure {
  for (const [kind, pattern] of KINDS) if (pattern.test(code)) return kind;
  return error.name === 'HTTPParserError' ? 'protocol' : 'connection';
}

/** Connecting to several addresses fails with an AggregateError that says nothing itself. */
function innermost(error: Error): Error {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  return first instanceof Error ? first : error;
}

function codeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
