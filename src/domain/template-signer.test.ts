import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  CONTENT_PARTS,
  HEADER_PARTS,
  type SignatureTemplate,
  templateError,
} from './signature-template.ts';
import { generateAsymmetricSecret } from './signatures.ts';
import { compileSignature } from './template-signer.ts';

const TEMPLATE: SignatureTemplate = {
  headers: { 'X-Acme-Signature': 't={timestamp},v1={signature}' },
  content: '{timestamp}.{body}',
  algorithm: 'hmac-sha256',
  encoding: 'hex',
  secret: 'old ő',
  join: null,
};
// `$&` has a special meaning in replacement texts.
const BODY = Buffer.from('{"a": "{id} $& ő"}');
const hmac = (key: string | Buffer, text: string, hash = 'sha256') =>
  createHmac(hash, key).update(text);

const secretOf = (byte: number, expiresAt: number | null = null) => ({
  key: `whsec_${Buffer.alloc(24, byte).toString('base64')}`,
  expiresAt,
});

test('the parts of the template are filled in, and the body is signed unchanged', () => {
  const sign = compileSignature(TEMPLATE, []);
  const signature = hmac('old ő', `17.${BODY.toString()}`).digest('hex');
  expect(sign('msg_1', 17, BODY, 0)).toBe(`X-Acme-Signature: t=17,v1=${signature}\r\n`);
});

test.each([
  ['hmac-sha1', 'base64', 'sha1'],
  ['hmac-sha512', 'hex', 'sha512'],
] as const)('%s in %s', (algorithm, encoding, hash) => {
  const headers = { 'X-Id': '{id}', 'X-Sum': 'sha={signature}' };
  const template = { ...TEMPLATE, headers, algorithm, encoding, content: '{body}\n{id}' };
  const signature = hmac('old ő', `${BODY.toString()}\nmsg_1`, hash).digest(encoding);
  const lines = compileSignature(template, [])('msg_1', 17, BODY, 0);
  expect(lines).toBe(`X-Id: msg_1\r\nX-Sum: sha=${signature}\r\n`);
});

test("without a secret in the template, the endpoint's secrets sign until they expire", () => {
  const asymmetric = { key: generateAsymmetricSecret(), expiresAt: null };
  const secrets = [asymmetric, secretOf(1), secretOf(2, 1_000)];
  const one = hmac(Buffer.alloc(24, 1), `17.${BODY.toString()}`).digest('hex');
  const two = hmac(Buffer.alloc(24, 2), `17.${BODY.toString()}`).digest('hex');
  const values = (template: SignatureTemplate, now: number) =>
    compileSignature(template, secrets)('msg_1', 17, BODY, now).trim().split(': ')[1];
  const own = { ...TEMPLATE, secret: null };
  expect(values(own, 0)).toBe(`t=17,v1=${one}`);
  expect(values({ ...own, join: ',v1=' }, 0)).toBe(`t=17,v1=${one},v1=${two}`);
  expect(values({ ...own, join: ',v1=' }, 1_000)).toBe(`t=17,v1=${one}`);
  expect(() => compileSignature(own, [asymmetric])('msg_1', 17, BODY, 0)).toThrow('no secret');
});

test.each([
  ['t={timestamp},v1={signature}', HEADER_PARTS, null],
  ['plain', HEADER_PARTS, null],
  ['{body}', HEADER_PARTS, '{id}, {timestamp}, {signature}'],
  ['{signature}', CONTENT_PARTS, '{body}'],
  ['{id', HEADER_PARTS, 'braces'],
  ['id}', HEADER_PARTS, 'braces'],
  ['{{id}}', HEADER_PARTS, 'braces'],
  ['{ID}', HEADER_PARTS, 'braces'],
  ['{constructor}', HEADER_PARTS, 'braces'],
])('the parts of %j', (text, parts, error) => {
  if (error === null) expect(templateError(text, parts)).toBeNull();
  else expect(templateError(text, parts)).toContain(error);
});
