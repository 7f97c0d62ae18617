import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type SecureContext, createSecureContext, getCACertificates } from 'node:tls';
import { CERTIFICATE, type EndpointTls, PRIVATE_KEY } from '../../domain/authentication.ts';
import { PosthasteError } from '../../domain/errors.ts';

/**
 * Reads the certificates of a PEM file that holds one or more authorities. Throws `configuration`
 * when the file can't be read, holds no certificate, or holds a malformed one.
 */
export function readAuthorities(path: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : String(code);
    throw new PosthasteError('configuration', `caFile ${path} cannot be read: ${reason}`);
  }
  const certificates = certificatesIn(text);
  if (certificates.length === 0) {
    throw new PosthasteError(
      'configuration',
      `caFile ${path} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)`,
    );
  }
  certificates.forEach((certificate, index) => {
    if (isCertificate(certificate)) return;
    throw new PosthasteError(
      'configuration',
      `caFile ${path}: certificate ${index + 1} of ${certificates.length} is malformed`,
    );
  });
  return certificates;
}

/**
 * Trusts the authorities of Node (with NODE_EXTRA_CA_CERTS), those of the system, and `more`. Takes
 * about a tenth of a second.
 */
export function trustWith(more: readonly string[]): SecureContext {
  return createSecureContext({ ca: trusted(more) });
}

function trusted(more: readonly string[]): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system'), ...more])];
}

/**
 * A context with the certificates of an endpoint. Authorities of its own replace all others; without them,
 * making the context takes about 30 ms. Throws when the PEM texts don't belong together.
 */
export function contextOf(
  { identity, authorities }: EndpointTls,
  more: readonly string[],
): SecureContext {
  const ca = authorities === null ? trusted(more) : certificatesIn(authorities);
  return createSecureContext({
    ca,
    ...(identity !== null && {
      cert: certificatesIn(identity).join('\n'),
      key: PRIVATE_KEY.exec(identity)?.[0],
    }),
  });
}

function certificatesIn(text: string): string[] {
  return text.match(CERTIFICATE) ?? [];
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}
