import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VECTOR } from '../../test/support/standard-webhooks-vector.ts';
import { generateSecret, signatureHeader } from './signatures.ts';
import {
  createVerifier,
  type VerifierOptions,
  verify,
  type WebhookHeaders,
  type WebhookPayload,
} from './verification.ts';

const NOW = VECTOR.seconds * 1000;

function fail(): never {
  throw new Error('cannot be read');
}
const throwing: unknown = new Proxy(
  {},
  { get: fail, has: fail, ownKeys: fail, getPrototypeOf: fail },
);

function headers(signature: string, family = 'webhook'): Record<string, string> {
  return {
    [`${family}-id`]: VECTOR.id,
    [`${family}-timestamp`]: String(VECTOR.seconds),
    [`${family}-signature`]: signature,
  };
}

describe('verify', () => {
  const options = { now: NOW };

  test.each([VECTOR.whpk, VECTOR.whsk])('accepts v1a with %s', (key) => {
    expect(verify(VECTOR.body, headers(VECTOR.v1a), key, options).ok).toBe(true);
    expect(verify(`${VECTOR.body} `, headers(VECTOR.v1a), key, options).ok).toBe(false);
  });

  test('accepts any of several signatures with any of several secrets', () => {
    const signature = `v1,AAAA v2,${VECTOR.v1.slice(3)} nonsense ${VECTOR.v1}`;
    const verifier = createVerifier([generateSecret(), VECTOR.whpk, VECTOR.whsec]);
    expect(verifier(VECTOR.body, headers(signature), options)).toEqual({
      ok: true,
      messageId: VECTOR.id,
      sentAt: NOW,
    });
  });

  test('reads both header families, in any case, from objects and from the Fetch API', () => {
    const sent = headers(VECTOR.v1);
    const upper = Object.fromEntries(Object.entries(sent).map(([k, v]) => [k.toUpperCase(), v]));
    for (const given of [sent, upper, new Headers(sent), headers(VECTOR.v1, 'svix')]) {
      expect(verify(VECTOR.body, given, VECTOR.whsec, options).ok).toBe(true);
    }
  });

  test('never mixes the families', () => {
    const { 'webhook-id': id, ...others } = headers(VECTOR.v1);
    const mixed = { ...others, 'svix-id': id };
    expect(verify(VECTOR.body, mixed, VECTOR.whsec, options)).toMatchObject({
      reason: 'missing_headers',
    });
  });

  test.each(['id', 'timestamp', 'signature'])('refuses a webhook without its %s', (name) => {
    const sent = { ...headers(VECTOR.v1), [`webhook-${name}`]: undefined };
    expect(verify(VECTOR.body, sent, VECTOR.whsec, options)).toMatchObject({
      ok: false,
      reason: 'missing_headers',
    });
  });

  test.each(['', 'x', '-1', '1614265330.5', '1e9', ' 1614265330'])('refuses timestamp %j', (at) => {
    const sent = { ...headers(VECTOR.v1), 'webhook-timestamp': at };
    expect(verify(VECTOR.body, sent, VECTOR.whsec, options).ok).toBe(false);
  });

  test('refuses a timestamp beyond the tolerance, either way', () => {
    const at = (seconds: number, toleranceSeconds?: number) =>
      verify(VECTOR.body, headers(VECTOR.v1), VECTOR.whsec, {
        now: NOW + seconds * 1000,
        ...(toleranceSeconds === undefined ? {} : { toleranceSeconds }),
      });
    expect(at(300).ok).toBe(true);
    expect(at(301)).toMatchObject({ reason: 'too_old' });
    expect(at(-300).ok).toBe(true);
    expect(at(-301)).toMatchObject({ reason: 'too_new' });
    expect(at(301, 302).ok).toBe(true);
  });

  test.each([
    ['another secret', VECTOR.body, headers(VECTOR.v1), generateSecret()],
    ['another body', '{"test":2432232314}', headers(VECTOR.v1), VECTOR.whsec],
    ['another id', VECTOR.body, { ...headers(VECTOR.v1), 'webhook-id': 'msg_x' }, VECTOR.whsec],
    [
      'a v1 signature that claims to be v1a',
      VECTOR.body,
      headers(`v1a${VECTOR.v1.slice(2)}`),
      VECTOR.whsec,
    ],
    ['a v1a signature for a v1 secret', VECTOR.body, headers(VECTOR.v1a), VECTOR.whsec],
    ['a shortened signature', VECTOR.body, headers(VECTOR.v1.slice(0, -8)), VECTOR.whsec],
    ['an empty one', VECTOR.body, headers('v1,'), VECTOR.whsec],
  ])('refuses %s', (_, body, sent, secret) => {
    expect(verify(body, sent, secret, options)).toMatchObject({
      ok: false,
      reason: 'no_matching_signature',
    });
  });
});

describe('received input', () => {
  const options = { now: NOW };
  const bytes = new TextEncoder().encode(VECTOR.body);
  const padded = new Uint8Array([0, ...bytes, 0]);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  const transferred = new Uint8Array(8);
  structuredClone(transferred.buffer, { transfer: [transferred.buffer] });

  test.each<[string, unknown]>([
    ['a string', VECTOR.body],
    ['a Buffer', Buffer.from(VECTOR.body)],
    ['a Uint8Array', bytes],
    ['a part of a larger array', padded.subarray(1, -1)],
    ['an ArrayBuffer', bytes.buffer],
    ['a DataView', new DataView(padded.buffer, 1, bytes.length)],
    ['a SharedArrayBuffer', shared.buffer],
    ['a view of one', new DataView(shared.buffer)],
  ])('the body may be %s', (_, body) => {
    const payload = body as WebhookPayload;
    expect(verify(payload, headers(VECTOR.v1), VECTOR.whsec, options).ok).toBe(true);
    expect(verify(payload, headers(VECTOR.v1a), VECTOR.whpk, options).ok).toBe(true);
    expect(verify(payload, headers(VECTOR.v1), generateSecret(), options)).toMatchObject({
      reason: 'no_matching_signature',
    });
  });

  test.each<[unknown, string]>([
    [undefined, 'the raw body is missing (it is undefined)'],
    [null, 'the raw body is missing (it is null)'],
    [{ test: 2_432_232_314 }, 'the body is a parsed object'],
    [{}, 'the body is a parsed object'],
    [[1, 2], 'the body is a parsed object'],
    [Object.create(null), 'the body is a parsed object'],
    [42, 'the body is a number'],
    [true, 'the body is a boolean'],
    [Symbol('body'), 'the body is a symbol'],
    [() => VECTOR.body, 'the body is a function'],
  ])('%o is no raw body, and the sentence names the cause', (body, words) => {
    const result = verify(body as WebhookPayload, headers(VECTOR.v1), VECTOR.whsec, options);
    expect(result).toMatchObject({ ok: false, reason: 'no_raw_body' });
    expect(result).toHaveProperty('detail', expect.stringContaining(words));
    expect(result).toHaveProperty('detail', expect.stringContaining('a body parser ran first'));
  });

  test.each<[string, unknown, string]>([
    ['a promise', Promise.resolve(VECTOR.body), 'the body is a promise'],
    ['a Request', new Request('http://x/'), 'the body is a stream, a request or a file'],
    ['a Blob', new Blob([VECTOR.body]), 'the body is a stream, a request or a file'],
    ['a web stream', new Blob([VECTOR.body]).stream(), 'the body is a stream, a request or a file'],
    ['a Node stream', Readable.from(['']), 'the body is a stream, a request or a file'],
    ['transferred bytes', transferred, 'the bytes of the body cannot be read'],
    ['a transferred buffer', transferred.buffer, 'the bytes of the body cannot be read'],
    ['what only seems a Buffer', Object.create(Buffer.prototype), 'the body is a parsed object'],
    ['a Proxy that throws', throwing, 'the body is a parsed object'],
    ['a FormData', new FormData(), 'a body parser ran first'],
  ])('%s is no raw body, and the sentence names the cause', (_, body, words) => {
    const result = verify(body as WebhookPayload, headers(VECTOR.v1), VECTOR.whsec, options);
    expect(result).toMatchObject({ ok: false, reason: 'no_raw_body' });
    expect(result).toHaveProperty('detail', expect.stringContaining(words));
  });

  const sent = headers(VECTOR.v1);
  const mixedCase = Object.entries(sent).map(([name, value]) => [name.toUpperCase(), value]);
  const wrong = ['Webhook-Signature', 'v1,AAAA'];
  test.each<[string, unknown]>([
    ['arrays of one', Object.fromEntries(Object.entries(sent).map(([k, v]) => [k, [v]]))],
    ['two signatures', { ...sent, 'webhook-signature': ['v1,AAAA', VECTOR.v1, 'v2,x'] }],
    ['pairs', Object.entries(sent)],
    ['pairs in other case', Object.entries(sent).map(([k, v]) => [k.toUpperCase(), v])],
    ['rawHeaders', ['Host', 'x', ...Object.entries(sent).flat()]],
    ['rawHeaders with two signatures', [wrong, ...mixedCase].flat()],
    ['pairs with two signatures', [wrong, ...mixedCase]],
    ['an object with a signature in two cases', { ...sent, 'Webhook-Signature': 'v1,AAAA' }],
    ['each sent twice', [...mixedCase, ...mixedCase].flat()],
    ['a Map', new Map(Object.entries(sent))],
    ['a Map with names in other case', new Map(mixedCase as [string, string][])],
    ['an iterator', new Headers(sent).entries()],
    ['a number for the time', { ...sent, 'webhook-timestamp': VECTOR.seconds }],
    ['an empty name beside the right one', { 'webhook-id': '', ...Object.fromEntries(mixedCase) }],
    ['no prototype', Object.assign(Object.create(null), sent)],
  ])('headers may be %s', (_, given) => {
    expect(verify(VECTOR.body, given as WebhookHeaders, VECTOR.whsec, options).ok).toBe(true);
  });

  test('the types allow what is accepted', () => {
    const bodies: WebhookPayload[] = [
      VECTOR.body,
      bytes,
      bytes.buffer,
      shared.buffer,
      new DataView(shared.buffer),
    ];
    const given: WebhookHeaders[] = [
      sent,
      new Headers(sent),
      new Headers(sent).entries(),
      new Map(Object.entries(sent)),
      Object.entries(sent),
      Object.entries(sent).flat(),
    ];
    const results = [
      ...bodies.map((body) => verify(body, sent, VECTOR.whsec, options)),
      ...given.map((one) => verify(VECTOR.body, one, VECTOR.whsec, options)),
    ];
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
  });

  test.each<[unknown, string]>([
    [undefined, 'the headers are undefined'],
    [null, 'the headers are null'],
    ['webhook-id: 1', 'the headers are string'],
    [{}, 'webhook-id, webhook-timestamp, webhook-signature are missing'],
    [[], 'webhook-id, webhook-timestamp, webhook-signature are missing'],
    [[null, undefined, 1], 'are missing'],
    [[[], [1], [Object.create(null)], [Symbol('x')], null, ['webhook-id']], 'are missing'],
    [[Object.create(null), Symbol('x')], 'are missing'],
    [{ ...sent, 'webhook-id': true }, 'webhook-id is missing'],
    [{ ...sent, 'webhook-id': [] }, 'webhook-id is missing'],
    [{ ...sent, 'webhook-id': [null] }, 'webhook-id is missing'],
    [{ ...sent, 'webhook-timestamp': '' }, 'webhook-timestamp is missing'],
    [{ 'svix-id': 'a', 'svix-timestamp': '1' }, 'svix-signature is missing'],
    [{ get: () => undefined }, 'are missing'],
    [{ get: () => Symbol('x') }, 'are missing'],
    [new Request('http://x/'), 'give the headers of the request, not the request'],
    [{ headers: sent }, 'give the headers of the request, not the request'],
  ])('headers %j are missing headers, said in words', (given, words) => {
    const result = verify(VECTOR.body, given as WebhookHeaders, VECTOR.whsec, options);
    expect(result).toMatchObject({ ok: false, reason: 'missing_headers' });
    expect(result).toHaveProperty('detail', expect.stringContaining(words));
  });

  test.each<[string, unknown]>([
    [
      'a getter that throws',
      Object.defineProperty({}, 'webhook-id', { enumerable: true, get: fail }),
    ],
    ['a function that throws', { get: fail }],
    ['a Proxy that throws', throwing],
    ['an object that inherits from Headers', Object.create(new Headers(sent))],
  ])('headers that cannot be read are said to be: %s', (_, given) => {
    expect(verify(VECTOR.body, given as WebhookHeaders, VECTOR.whsec, options)).toEqual({
      ok: false,
      reason: 'missing_headers',
      detail: 'the headers cannot be read: give the headers of the request',
    });
  });

  test('a malformed time is shown', () => {
    const milliseconds = { ...sent, 'webhook-timestamp': `${VECTOR.seconds}000` };
    expect(verify(VECTOR.body, milliseconds, VECTOR.whsec, options)).toMatchObject({
      reason: 'malformed_timestamp',
      detail: 'webhook-timestamp is not a number of seconds: "1614265330000"',
    });
  });

  test('of a header full of signatures, only as many are compared as senders make', () => {
    const wrong = Array.from({ length: 200 }, () => 'v1a,AAAA');
    const check = (signatures: readonly string[]) =>
      verify(VECTOR.body, headers(signatures.join(' ')), VECTOR.whpk, { now: NOW }).ok;
    expect(check([...wrong.slice(0, 31), VECTOR.v1a])).toBe(true);
    expect(check([...wrong, VECTOR.v1a])).toBe(false);
  });

  test('verify never throws', () => {
    const verifier = createVerifier([VECTOR.whsec, VECTOR.whpk]);
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.string(), (body, given, signature) => {
        const answers = [
          verifier(body as WebhookPayload, given as WebhookHeaders, options),
          verifier(body as WebhookPayload, headers(signature), options),
          verifier(VECTOR.body, headers(`v1a,${signature}`), options),
        ];
        expect(answers.map(({ ok }) => ok)).toEqual([false, false, false]);
      }),
    );
  });

  test('a tolerance that is not a number accepts nothing', () => {
    const late = { now: NOW + 1_000_000, toleranceSeconds: Number.NaN };
    expect(verify(VECTOR.body, sent, VECTOR.whsec, late).ok).toBe(false);
  });
});

describe('secrets of a receiver', () => {
  const key = Buffer.from([251, 255, 254, ...Buffer.alloc(22, 7)]);
  const standard = key.toString('base64');
  const bare = standard.replaceAll('=', '');
  const urlSafe = key.toString('base64url');
  const signature = sign(`whsec_${standard}`);

  function sign(secret: string): string {
    return signatureHeader(
      [{ key: secret, expiresAt: null }],
      VECTOR.id,
      VECTOR.seconds,
      VECTOR.body,
      NOW,
    );
  }

  function accepts(secret: string | string[], sent = signature, options: VerifierOptions = {}) {
    return verify(VECTOR.body, headers(sent), secret, { now: NOW, ...options }).ok;
  }

  test.each([
    `whsec_${standard}`,
    `whsec_${bare}`,
    `whsec_${urlSafe}`,
    `whsec_${urlSafe}==`,
    `v1,whsec_${standard}`,
    `v1,whsec_${urlSafe}`,
    `v1, whsec_${standard}`,
    `v1,${bare}`,
    standard,
    bare,
    urlSafe,
    ` whsec_${standard}\n`,
  ])('%j is accepted in the form in which its sender shows it', (secret) => {
    expect(accepts(secret)).toBe(true);
    expect(accepts([generateSecret(), secret])).toBe(true);
  });

  test.each([
    VECTOR.whpk,
    VECTOR.whpk.replace('=', ''),
    `v1a,${VECTOR.whpk}`,
    VECTOR.whsk,
    VECTOR.whsk.replaceAll('/', '_').replaceAll('+', '-').replaceAll('=', ''),
  ])('%j is read as an ed25519 key', (secret) => {
    expect(accepts(secret, VECTOR.v1a)).toBe(true);
  });

  test('a raw secret is the key itself', () => {
    const raw = 'not base64 at all: ü!';
    const sent = sign(`whsec_${Buffer.from(raw.padEnd(24)).toString('base64')}`);
    expect(accepts(raw.padEnd(24), sent, { format: 'raw' })).toBe(true);
    expect(() => createVerifier(raw)).toThrow(/format: 'raw'/);
  });

  test.each<[unknown, RegExp]>([
    [undefined, /^secrets: .*not undefined.*setting/],
    [null, /^secrets: .*not null/],
    [42, /^secrets: .*not number/],
    [{}, /^secrets: .*not object/],
    ['', /^secrets: is empty/],
    [' \n', /^secrets: is empty/],
    [[], /^secrets: the list is empty/],
    [[VECTOR.whsec, undefined], /^secrets\.1: .*not undefined/],
    [[VECTOR.whsec, ''], /^secrets\.1: is empty/],
    ['whsec_', /^secrets: must be whsec_/],
    [`whsec_${VECTOR.whsec}`, /has its prefix twice/],
    [VECTOR.whsec.replace('whsec_', 'WHSEC_'), /prefix twice, or in capitals/],
    [`${VECTOR.whsec},${VECTOR.whsec}`, /several secrets are an array/],
    ['whsec_%', /^secrets: must be whsec_/],
    ['whsec_tooshort', /at least 16 bytes/],
    [`hwsec_${'A'.repeat(32)}`, /unknown prefix.*format: 'raw'/],
    ['whpk_AAAA', /whpk_ and base64/],
    ['whsk_AAAA', /whsk_ and base64/],
    ['whsk_', /whsk_ and base64/],
  ])('%j is a clear error at the start', (secrets, words) => {
    for (const format of ['base64', 'raw'] as const) {
      if (format === 'raw' && !/not |empty/.test(words.source)) continue;
      expect(() => createVerifier(secrets as string, { format })).toThrow(
        expect.objectContaining({ code: 'validation', message: expect.stringMatching(words) }),
      );
    }
  });

  test('an error never repeats the secret', () => {
    expect(() => createVerifier('whsk_6Xb/dCcH')).toThrow(/^(?!.*6Xb)/);
    expect(() => createVerifier('6Xb/dCcH')).toThrow(/^(?!.*6Xb)/);
  });
});
