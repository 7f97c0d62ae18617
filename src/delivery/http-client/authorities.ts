import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type SecureContext, createSecureContext, getCACertificates } from 'node:tls';
import { PosthasteError } from '../../domain/errors.ts';

/**
 * Reads the certificates of a PEM file that holds one or more authorities. Throws `configuration`
 * when it can't be read, holds no certificate, or one that is malformed.
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
  const certificates = text.match(CERTIFICATE) ?? [];
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
  const ca = new Set([...getCACertificates('default'), ...getCACertificates('system'), ...more]);
  return createSecureContext({ ca: [...ca] });
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
