import { describe, expect, it } from 'vitest';
import type { Endpoint, EndpointSecret } from '../../domain/endpoint.ts';
import { generateAsymmetricSecret, publicKeyOf } from '../../domain/signatures.ts';
import { check } from '../validation.ts';
import { endpointSecretRotateIn } from './endpoint-schemas.ts';
import { rotateSecrets, toSecretOut } from './endpoint-secrets.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const now = Date.UTC(2030, 0, 1);
const secret = (n: number) => `whsec_${Buffer.alloc(24, n).toString('base64')}`;
const current: EndpointSecret = { key: secret(1), expiresAt: null };

const rotate = (secrets: EndpointSecret[], input: unknown, at = now) =>
  rotateSecrets(secrets, check(endpointSecretRotateIn, input ?? {}, 'body'), at);

describe('rotating', () => {
  it('lets the old secret sign for a day', () => {
    const secrets = rotate([current], { key: secret(2) });
    expect(secrets).toEqual([
      { key: secret(2), expiresAt: null },
      { key: secret(1), expiresAt: now + DAY_MS },
    ]);
  });

  it('generates a secret of the same kind when none is given', () => {
    expect(rotate([current], undefined)[0]?.key).toMatch(/^whsec_/);
    const asymmetric = { key: generateAsymmetricSecret(), expiresAt: null };
    const rotated = rotate([asymmetric], {})[0]?.key;
    expect(rotated).toMatch(/^whsk_/);
    expect(rotated).not.toBe(asymmetric.key);
  });

  it('drops the old secret at once with a grace period of 0', () => {
    expect(rotate([current], { key: secret(2), gracePeriodSeconds: 0 })).toHaveLength(1);
  });

  it('keeps the expiry of older secrets, and drops the expired ones', () => {
    let secrets = rotate([current], { key: secret(2), gracePeriodSeconds: 60 });
    secrets = rotate(secrets, { key: secret(3), gracePeriodSeconds: 600 }, now + 30_000);
    expect(secrets.map(({ expiresAt }) => expiresAt)).toEqual([null, now + 630_000, now + 60_000]);
    secrets = rotate(secrets, { key: secret(4) }, now + 60_000);
    expect(secrets.map(({ key }) => key)).toEqual([secret(4), secret(3), secret(2)]);
  });

  it('changes nothing when the secret is the same', () => {
    expect(rotate([current], { key: secret(1) })).toEqual([current]);
  });

  it('refuses more than ten old secrets', () => {
    let secrets = [current];
    for (let n = 2; n <= 11; n++) secrets = rotate(secrets, { key: secret(n) });
    expect(secrets).toHaveLength(11);
    expect(() => rotate(secrets, { key: secret(12) })).toThrow(
      expect.objectContaining({ code: 'too_many_secrets', status: 400 }),
    );
    expect(rotate(secrets, { key: secret(12), gracePeriodSeconds: 0 })).toHaveLength(11);
  });

  it('refuses a secret that is malformed, without repeating it', () => {
    expect(() => rotate([current], { key: 'hunter2' })).toThrow(
      expect.objectContaining({
        code: 'validation',
        message: expect.not.stringContaining('hunter2'),
      }),
    );
  });
});

it('shows only the public key of a private key', () => {
  const key = generateAsymmetricSecret();
  const endpoint = { secrets: [{ key, expiresAt: null }] } as unknown as Endpoint;
  expect(toSecretOut(endpoint)).toEqual({ key: publicKeyOf(key) });
});
