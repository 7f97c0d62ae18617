import { expect, test } from 'vitest';
import { makeEndpoint } from '../../../test/support/storage-world.ts';
import { createSecretBox } from '../secret-box.ts';
import { endpointOf, endpointRow } from './rows.ts';

const box = createSecretBox(Buffer.alloc(32, 7));
const plain = createSecretBox(null);

test.each([
  ['a signing secret', { secrets: [{ key: 'whsec_hidden', expiresAt: null }] }],
  ['the value of a header', { headers: { authorization: 'Bearer hidden' } }],
  ['the password in a URL', { url: 'https://user:hidden@example.com/' }],
  ['the user name in a URL', { url: 'https://hidden@example.com/' }],
])('%s is not readable in a row, and comes back', (_what, overrides) => {
  const endpoint = makeEndpoint(overrides);
  const row = endpointRow(endpoint, box);
  expect(JSON.stringify(row)).not.toContain('hidden');
  expect(endpointOf(row, box)).toEqual(endpoint);
  expect(() => endpointOf(row, plain)).toThrow(expect.objectContaining({ code: 'configuration' }));
});

test('a row that was stored without a key is readable, and is sealed when it is written', () => {
  const endpoint = makeEndpoint({
    url: 'https://user:hidden@example.com/',
    headers: { authorization: 'Bearer hidden' },
  });
  const row = endpointRow(endpoint, plain);
  expect(row.url).toContain('hidden');
  expect(row.headers).toContain('hidden');
  const read = endpointOf(row, box);
  expect(read).toEqual(endpoint);
  expect(JSON.stringify(endpointRow(read, box))).not.toContain('hidden');
});

test('other members are stored as plain text', () => {
  const row = endpointRow(makeEndpoint({ url: 'https://example.com/@user', headers: {} }), box);
  expect(row).toMatchObject({ url: 'https://example.com/@user', headers: '{}' });
});
