import type { AttemptFailure } from '../../domain/attempt.ts';

/** An error of a socket, as the failure of an exchange. */
export interface ClassifiedFailure {
  readonly failure: AttemptFailure;
  readonly detail: string;
  /** This machine ran short of sockets or memory; the endpoint is not to blame. */
  readonly localShortage: boolean;
}

export function classifyFailure(error: Error): ClassifiedFailure {
  const cause = innermost(error);
  const code = codeOf(cause);
  return {
    failure: kindOf(code),
    detail: code && !cause.message.includes(code) ? `${cause.message} (${code})` : cause.message,
    localShortage: LOCAL_SHORTAGE.has(code),
  };
}

const KINDS: readonly (readonly [AttemptFailure, RegExp])[] = [
  ['address', /^EADDRNOTALLOWED$/],
  ['timeout', /^ETIMEDOUT$/],
  ['dns', /^(ENOTFOUND|EAI_|ENODATA|ESERVFAIL|EREFUSED$|ENONAME)/],
  [
    'tls',
    /^(ERR_TLS|ERR_SSL|EPROTO$|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH)/,
  ],
];

const LOCAL_SHORTAGE = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL']);

function kindOf(code: string): AttemptFailure {
  return KINDS.find(([, pattern]) => pattern.test(code))?.[0] ?? 'connection';
}

/** Node reports several failed addresses as an AggregateError with an empty message. */
function innermost(error: Error): Error {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  return first instanceof Error ? first : error;
}

function codeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
