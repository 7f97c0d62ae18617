import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { AttemptFailure } from '../../domain/attempt.ts';
import { NameError } from './names/name-error.ts';

type Interfaces = typeof networkInterfaces;

/** The failure of an exchange, made from an error of its socket. */
export interface ClassifiedFailure {
  readonly failure: AttemptFailure;
  readonly detail: string;
  /** This machine ran short of sockets or memory; the endpoint is not to blame. */
  readonly localShortage: boolean;
}

/** `interfaces` returns the addresses of this host. */
export function classifyFailure(
  error: Error,
  interfaces: Interfaces = networkInterfaces,
): ClassifiedFailure {
  const code = codeOf(error);
  const message = messageOf(error);
  return {
    failure: error instanceof NameError ? 'dns' : kindOf(code),
    detail: code && !message.includes(code) ? `${message} (${code})` : message,
    localShortage: isLocalShortage(error, code, interfaces),
  };
}

/** OpenSSL's own message is a line of its log, with places in its sources; its `reason` says what is wrong. */
function messageOf({ message, ...more }: Error): string {
  const { library, reason } = more as { library?: unknown; reason?: unknown };
  const isOfOpenSsl = typeof library === 'string' && typeof reason === 'string';
  return isOfOpenSsl ? `TLS: ${reason}` : message;
}

/**
 * Chooses one of the failures to connect to several addresses: a shortage of this machine, because then
 * nothing is known of the receiver; else the first failure that came from the receiver; else the first.
 */
export function mostTelling(errors: readonly Error[]): Error | undefined {
  return (
    errors.find((error) => isLocalShortage(error, codeOf(error))) ??
    errors.find((error) => !NO_WAY.has(codeOf(error))) ??
    errors[0]
  );
}

/**
 * Linux reports EADDRNOTAVAIL when no port is free and when this host has no address of the family,
 * as without IPv6. In the second case waiting does not help: it is the attempt's failure.
 */
function isLocalShortage(
  error: Error,
  code: string,
  interfaces: Interfaces = networkInterfaces,
): boolean {
  if (code === 'EADDRNOTAVAIL') return hasFamilyOf(error, interfaces);
  return LOCAL_SHORTAGE.has(code);
}

function hasFamilyOf(error: Error, interfaces: Interfaces): boolean {
  const { address } = error as { address?: unknown };
  if (typeof address !== 'string') return false;
  const family = isIPv6(address) ? 'IPv6' : 'IPv4';
  const toItself = address === '::1' || address.startsWith('127.');
  return Object.values(interfaces()).some((ofInterface) =>
    ofInterface?.some(
      (own) =>
        own.family === family && (toItself || !(own.internal || LINK_LOCAL.test(own.address))),
    ),
  );
}

const KINDS: readonly (readonly [AttemptFailure, RegExp])[] = [
  ['address', /^EADDRNOTALLOWED$/],
  ['timeout', /^ETIMEDOUT$/],
  [
    'tls',
    /^(ERR_TLS|ERR_SSL|EPROTO$|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH)/,
  ],
];

const LOCAL_SHORTAGE = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);
const LINK_LOCAL = /^fe[89ab]/i;
/** Errors that don't come from the receiver: this host has no route to the address. */
const NO_WAY = new Set([
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETDOWN',
]);

function kindOf(code: string): AttemptFailure {
  return KINDS.find(([, pattern]) => pattern.test(code))?.[0] ?? 'connection';
}

function codeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
