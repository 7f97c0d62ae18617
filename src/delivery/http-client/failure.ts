import type { AttemptFailure } from '../../domain/attempt.ts';
import { NameError } from './names/name-error.ts';

/** Converts an error of a socket to the failure of an exchange. */
export interface ClassifiedFailure {
  readonly failure: AttemptFailure;
  readonly detail: string;
  /** This machine ran short of sockets or memory; the endpoint is not to blame. */
  readonly localShortage: boolean;
}

export function classifyFailure(error: Error): ClassifiedFailure {
  const code = codeOf(error);
  return {
    failure: error instanceof NameError ? 'dns' : kindOf(code),
    detail: code && !error.message.includes(code) ? `${error.message} (${code})` : error.message,
    localShortage: LOCAL_SHORTAGE.has(code),
  };
}

const KINDS: readonly (readonly [AttemptFailure, RegExp])[] = [
  ['address', /^EADDRNOTALLOWED$/],
  ['timeout', /^ETIMEDOUT$/],
  [
    'tls',
    /^(ERR_TLS|ERR_SSL|EPROTO$|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH)/,
  ],
];

const LOCAL_SHORTAGE = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL']);

function kindOf(code: string): AttemptFailure {
  return KINDS.find(([, pattern]) => pattern.test(code))?.[0] ?? 'connection';
}

function codeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
