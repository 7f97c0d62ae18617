import { z } from 'zod';
import type { Endpoint, EndpointSecret } from '../domain/endpoint.ts';
import { invalid } from '../domain/errors.ts';
import {
  generateAsymmetricSecret,
  generateSecret,
  parseSecret,
  publicKeyOf,
} from '../domain/signatures.ts';
import type { EndpointSecretOut } from './shapes.ts';
import { fault } from './validation.ts';

const DAY_S = 24 * 60 * 60;
/** Each one adds a signature to every request. */
const MAX_OLD_SECRETS = 10;

export const secretRotateIn = z
  .object({
    key: z.string().nullish(),
    gracePeriodSeconds: z
      .int()
      .min(0)
      .max(7 * DAY_S)
      .nullish(),
  })
  .nullish()
  .transform((input) => ({
    key: input?.key ?? null,
    gracePeriodSeconds: input?.gracePeriodSeconds ?? DAY_S,
  }));

/** Without a key, the new one is of the same kind as the current one. */
export function rotateSecrets(
  secrets: readonly EndpointSecret[],
  given: z.output<typeof secretRotateIn>,
  now: number,
): EndpointSecret[] {
  const [current] = secrets;
  const key =
    given.key !== null
      ? parseSecret(given.key, ['body', 'key']).text
      : current?.key.startsWith('whsk_')
        ? generateAsymmetricSecret()
        : generateSecret();
  const expiresAt = now + given.gracePeriodSeconds * 1000;
  const old = secrets
    .map((secret) => ({ key: secret.key, expiresAt: secret.expiresAt ?? expiresAt }))
    .filter((secret) => secret.expiresAt > now && secret.key !== key);
  if (old.length > MAX_OLD_SECRETS) {
    throw invalid([
      fault(
        `at most ${MAX_OLD_SECRETS} old secrets can sign at a time; wait until one ends, or use 0`,
        'body',
        'gracePeriodSeconds',
      ),
    ]);
  }
  return [{ key, expiresAt: null }, ...old];
}

/** A private key stays with the server. */
export function secretOut(endpoint: Endpoint): EndpointSecretOut {
  const key = endpoint.secrets[0]?.key ?? '';
  return { key: key.startsWith('whsk_') ? publicKeyOf(key) : key };
}
