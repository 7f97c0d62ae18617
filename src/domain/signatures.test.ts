import * as fc from 'fast-check';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { describe, expect, test } from 'vitest';
import { VECTOR } from '../../test/support/standard-webhooks-vector.ts';
import type { EndpointSecret } from './endpoint.ts';
import {
  generateAsymmetricSecret,
  generateSecret,
  parseSecret,
  publicKeyOf,
  signatureHeader,
} from './signatures.ts';
import { verify } from './verification.ts';

const NOW = VECTOR.seconds * 1000;

const forever = (key: string): EndpointSecret => ({ key, expiresAt: null });

function sign(secrets: readonly EndpointSecret[], body: string | Buffer = VECTOR.body): string {
  return signatureHeader(secrets, VECTOR.id, VECTOR.seconds, body, NOW);
}

function headers(signature: string, family = 'webhook'): Record<string, string> {
  return {
    [`${family}-id`]: VECTOR.id,
    [`${family}-timestamp`]: String(VECTOR.seconds),
    [`${family}-signature`]: signature,
  };
}

describe('signatureHeader', () => {
  test('gives the published signatures', () => {
    expect(sign([forever(VECTOR.whsec)])).toBe(VECTOR.v1);
    expect(sign([forever(VECTOR.whsk)])).toBe(VECTOR.v1a);
    expect(sign([forever(VECTOR.whsec)], Buffer.from(VECTOR.body))).toBe(VECTOR.v1);
    expect(sign([forever(VECTOR.whsk)], Buffer.from(VECTOR.body))).toBe(VECTOR.v1a);
  });

  test('signs with every unexpired secret, the current one first', () => {
    const secrets = [
      forever(VECTOR.whsk),
      { key: VECTOR.whsec, expiresAt: NOW + 1 },
      { key: generateSecret(), expiresAt: NOW },
    ];
    expect(sign(secrets)).toBe(`${VECTOR.v1a} ${VECTOR.v1}`);
    expect(signatureHeader(secrets, VECTOR.id, VECTOR.seconds, VECTOR.body, NOW + 1)).toBe(
      VECTOR.v1a,
    );
  });

  test('every signature is valid here and for the two public packages', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.string({ unit: 'grapheme' }),
        fc.uint8Array({ minLength: 24, maxLength: 75, size: 'max' }),
        (json, text, bytes) => {
          const body = `{"data":${json},"text":${JSON.stringify(text)}}`;
          const secret = `whsec_${Buffer.from(bytes).toString('base64')}`;
          const seconds = Math.floor(Date.now() / 1000);
          const signature = signatureHeader([forever(secret)], 'msg_1', seconds, body, Date.now());
          const sent = {
            'webhook-id': 'msg_1',
            'webhook-timestamp': String(seconds),
            'webhook-signature': signature,
          };
          expect(() => new StandardWebhook(secret).verify(body, sent)).not.toThrow();
          expect(() => new SvixWebhook(secret).verify(body, sent)).not.toThrow();
          expect(verify(body, sent, secret)).toMatchObject({ ok: true, messageId: 'msg_1' });
          expect(verify(Buffer.from(body), sent, secret).ok).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('secrets', () => {
  test('generated ones have the accepted form, and differ', () => {
    expect(generateSecret()).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
    expect(generateSecret()).not.toBe(generateSecret());
    expect(generateAsymmetricSecret()).toMatch(/^whsk_[A-Za-z0-9+/]{86}==$/);
  });

  test('the public key of a generated pair verifies what the private one signs', () => {
    const secret = generateAsymmetricSecret();
    const signature = sign([forever(secret)]);
    expect(verify(VECTOR.body, headers(signature), publicKeyOf(secret), { now: NOW }).ok).toBe(
      true,
    );
    expect(publicKeyOf(VECTOR.whsk)).toBe(VECTOR.whpk);
    expect(() => publicKeyOf(VECTOR.whsec)).toThrow(/whsk_/);
  });

  test('a seed alone is accepted as a private key', () => {
    const seed = Buffer.from(VECTOR.whsk.slice(5), 'base64').subarray(0, 32);
    expect(sign([forever(`whsk_${seed.toString('base64')}`)])).toBe(VECTOR.v1a);
  });

  test('a secret without its prefix gets it', () => {
    expect(parseSecret(VECTOR.whsec.slice(6)).text).toBe(VECTOR.whsec);
    expect(parseSecret(VECTOR.whsec).text).toBe(VECTOR.whsec);
  });

  test.each([
    '',
    'w',
    'whsec_',
    'whsec_%',
    'whsec_wronglength',
    'hwsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
    `whsec_${Buffer.alloc(23).toString('base64')}`,
    `whsec_${Buffer.alloc(76).toString('base64')}`,
    `whsec_${Buffer.alloc(25).toString('base64').replaceAll('=', '')}`,
    `${VECTOR.whsec} `,
    VECTOR.whpk,
    VECTOR.whsk.slice(0, -4),
    `whsk_${Buffer.alloc(33).toString('base64')}`,
    // A seed and a public key that do not belong together.
    `whsk_${Buffer.alloc(64).toString('base64')}`,
  ])('%j is refused', (secret) => {
    let thrown: unknown;
    try {
      parseSecret(secret, ['body', 'key']);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'validation', fieldErrors: [{ loc: ['body', 'key'] }] });
  });

  test('an error never repeats the secret', () => {
    const almost = VECTOR.whsk.slice(0, -4);
    expect(() => parseSecret(almost)).toThrow(/^(?!.*6Xb)/);
  });
});
