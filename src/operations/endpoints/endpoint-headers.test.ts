import { expect, it } from 'vitest';
import { headers, headersPatch, mergeHeaders } from './endpoint-headers.ts';
import { toHeadersOut } from './endpoint-out.ts';

const messagesOf = (input: unknown) =>
  headers.safeParse(input).error?.issues.map(({ path, message }) => [path.join('.'), message]);

it.each(['X-Team', 'authorization', 'User-Agent', 'content-type', "x!#$%&'*+-.^_`|~9"])(
  'accepts the name %s',
  (name) => {
    expect(messagesOf({ [name]: 'v\t é ~' })).toBeUndefined();
  },
);

it.each([
  'Host',
  'CONTENT-LENGTH',
  'Connection',
  'transfer-encoding',
  'TE',
  'Expect',
  'Upgrade',
  'webhook-id',
  'Webhook-Signature',
  'svix-anything',
  'X-Svix-Anything',
  'x-amzn-trace-id',
])('refuses the reserved name %s', (name) => {
  expect(messagesOf({ [name]: 'v' })).toEqual([
    [name, expect.stringContaining('set by the server')],
  ]);
});

it.each(['a b', 'a:b', 'ä', 'a\r\nb'])('refuses the name %j', (name) => {
  expect(messagesOf({ [name]: 'v' })).toEqual([[name, 'is not a valid header name']]);
});

it('refuses an empty name', () => {
  expect(messagesOf({ '': 'v' })).toBeDefined();
});

it.each(['a\r\nx: y', 'a\nb', '\0', '😀', 'a\x7f'])('refuses the value %j', (value) => {
  expect(messagesOf({ 'x-a': value })).toEqual([['x-a', expect.stringContaining('printable')]]);
});

it('refuses a repeated name, and too many headers', () => {
  expect(messagesOf({ 'x-a': '1', 'X-A': '2' })).toEqual([
    ['X-A', expect.stringContaining('given twice')],
  ]);
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`x-${i}`, '']));
  expect(messagesOf(many)).toEqual([['', expect.stringContaining('at most 50')]]);
});

it('merges names in any case, and removes headers whose value is null', () => {
  const patch = headersPatch.parse({ 'x-one': null, 'X-TWO': '2b', 'x-new': 'n', 'x-gone': null });
  expect(mergeHeaders({ 'X-One': '1', 'x-two': '2', 'x-three': '3' }, patch)).toEqual({
    'x-three': '3',
    'X-TWO': '2b',
    'x-new': 'n',
  });
});

it.each([
  'Authorization',
  'Proxy-Authorization',
  'Cookie',
  'X-Api-Key',
  'api-key',
  'ApiKey',
  'X-Auth-Token',
  'X-Client-Secret',
  'password',
])('hides the value of %s', (name) => {
  expect(toHeadersOut({ [name]: 'v', 'x-team': 'blue' })).toEqual({
    headers: { 'x-team': 'blue' },
    sensitive: [name],
  });
});
