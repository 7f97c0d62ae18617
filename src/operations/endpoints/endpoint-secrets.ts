import type { Endpoint, EndpointSecret } from '../../domain/endpoint.ts';
import { PosthasteError } from '../../domain/errors.ts';
import {
  generateAsymmetricSecret,
  generateSecret,
  parseSecret,
  publicKeyOf,
} from '../../domain/signatures.ts';
import type { EndpointSecretOut, EndpointSecretRotateIn } from './endpoint-schemas.ts';

const DAY_S = 24 * 60 * 60;
/** Bounded, because each old secret adds a signature to every request. */
const MAX_OLD_SECRETS = 10;

/** Without a key, generates a secret of the same kind as the current one. */
export function rotateSecrets(
  secrets: readonly EndpointSecret[],
  { key: newKey = null, gracePeriodSeconds }: EndpointSecretRotateIn,
  now: number,
): EndpointSecret[] {
  const [current] = secrets;
  const key =
    newKey !== null
      ? parseSecret(newKey, ['body', 'key']).text
      : current?.key.startsWith('whsk_')
        ? generateAsymmetricSecret()
        : generateSecret();
  const expiresAt = now + (gracePeriodSeconds ?? DAY_S) * 1000;
  const old = secrets
    .map((secret) => ({ key: secret.key, expiresAt: secret.expiresAt ?? expiresAt }))
    .filter((secret) => secret.expiresAt > now && secret.key !== key);
  if (old.length > MAX_OLD_SECRETS) {
    throw new PosthasteError(
      'too_many_secrets',
      `At most ${MAX_OLD_SECRETS} old secrets can sign at a time; wait until one expires, or use a gracePeriodSeconds of 0`,
    );
  }
  return [{ key, expiresAt: null }, ...old];
}

/** Shows the public key of an ed25519 secret, because its private key must not leave the server. */
export function toSecretOut(endpoint: Endpoint): EndpointSecretOut {
  const key = endpoint.secrets[0]?.key ?? '';
  return { key: key.startsWith('whsk_') ? publicKeyOf(key) : key };
}
