import { expect, test } from 'vitest';
import { APPLICATION, makeEndpoint } from '../../test/support/delivery-parts.ts';
import { makeHandoff } from '../../test/support/handoffs.ts';
import { DEFAULT_POLICY } from '../domain/policy.ts';
import { type SentRequest, decodeExchange, encodeExchange } from '../domain/attempt-exchange.ts';
import { createRequestBuilder } from './request.ts';
import { createTarget } from './target.ts';

const NOW = Date.UTC(2030, 0, 1);

function headerNames(headers: Record<string, string>, svixHeaders: boolean): string[] {
  const target = createTarget(
    { endpoint: makeEndpoint('ep_1', { headers }), application: APPLICATION },
    { policy: DEFAULT_POLICY, endpointConcurrency: 4, userAgent: 'test' },
  );
  const { head } = createRequestBuilder({ svixHeaders })(target, makeHandoff('msg_1'), NOW);
  const [, ...lines] = head.trimEnd().split('\r\n');
  return lines.map((line) => line.slice(0, line.indexOf(':')));
}

test('a raw text is sent with its media type, and the same text as JSON with that of JSON', () => {
  const target = createTarget(
    { endpoint: makeEndpoint('ep_1'), application: APPLICATION },
    { policy: DEFAULT_POLICY, endpointConcurrency: 4, userAgent: 'test' },
  );
  const build = createRequestBuilder({ svixHeaders: false });
  const json = makeHandoff('msg_1', '"ő"');
  for (const contentType of ['text/plain', null]) {
    const { head, body } = build(target, { ...json, contentType }, NOW);
    expect(head).toContain(`\r\nContent-Type: ${contentType ?? 'application/json'}\r\n`);
    expect(body).toEqual(Buffer.from('"ő"'));
  }
});

const USUAL = ['Host', 'Content-Type', 'User-Agent', 'Accept', 'Accept-Encoding', 'Connection'];
const SIGNED = ['Content-Length', 'webhook-id', 'webhook-timestamp', 'webhook-signature'];

test.each([
  ['in their usual case, Host first', {}, false, [...USUAL, ...SIGNED]],
  [
    'those of the endpoint as they were written',
    { 'X-tEAM': '1' },
    false,
    [...USUAL, 'X-tEAM', ...SIGNED],
  ],
  [
    'replaced ones as they were written',
    { 'user-agent': 'mine' },
    false,
    ['Host', 'Content-Type', 'user-agent', 'Accept', 'Accept-Encoding', 'Connection', ...SIGNED],
  ],
  [
    'and under the names of Svix',
    {},
    true,
    [...USUAL, ...SIGNED, 'svix-id', 'svix-timestamp', 'svix-signature'],
  ],
])('header names are sent %s', (_what, headers, svixHeaders, names) => {
  expect(headerNames(headers, svixHeaders)).toEqual(names);
});

test.each([
  ['usual ones', {}, false, null],
  ['an own signature and the names of Svix', { accept: 'a/b' }, true, null],
  ['another media type', { 'X-tEAM': 'a: b' }, false, 'application/cloudevents+json'],
])(
  'the record of an attempt has its headers as they were sent: %s',
  (_what, headers, svix, type) => {
    const signature = {
      headers: { 'X-Own': 't={timestamp},v1={signature}' },
      content: '{timestamp}.{body}',
      algorithm: 'hmac-sha256',
      encoding: 'hex',
      secret: 'a-secret',
      join: null,
    } as const;
    const target = createTarget(
      {
        endpoint: makeEndpoint('ep_1', { headers, signature: svix ? signature : null }),
        application: APPLICATION,
      },
      { policy: DEFAULT_POLICY, endpointConcurrency: 4, userAgent: 'test' },
    );
    const handoff = { ...makeHandoff('msg_1'), contentType: type };
    const { head, sent } = createRequestBuilder({ svixHeaders: svix })(target, handoff, NOW);
    const [, ...lines] = head.trimEnd().split('\r\n');
    const all = Object.fromEntries(lines.map((line) => line.split(/: (.*)/).slice(0, 2)));
    const about = { messageId: 'msg_1', startedAt: NOW };
    const told = decodeExchange(encodeExchange(known(sent), null, null), about);
    expect(told.requestHeaders).toEqual(all);
    expect(told.requestBytes).toBe(Number(all['Content-Length']));
  },
);

test('the record of an attempt has no secrets', () => {
  const target = createTarget(
    {
      endpoint: makeEndpoint('ep_1', {
        url: 'https://user:password@example.com/',
        headers: { 'X-Api-Key': 'confidential', 'X-Team': 'shown' },
      }),
      application: APPLICATION,
    },
    { policy: DEFAULT_POLICY, endpointConcurrency: 4, userAgent: 'test' },
  );
  const { sent } = createRequestBuilder({ svixHeaders: false })(target, makeHandoff('msg_1'), NOW);
  const response = 'HTTP/1.1 200 OK\r\nSet-Cookie: a=confidential\r\nX-A: 1\r\nX-A: 2\r\n';
  const times = { resolveMs: 1.234, connectMs: 2, tlsMs: null, firstByteMs: 7 };
  const text = encodeExchange(known(sent), times, response);
  expect(text.split('Set-Cookie')[0]).not.toMatch(/confidential|password|dXNlcjpwYXNzd29yZA/);
  expect(decodeExchange(text, { messageId: 'msg_1', startedAt: NOW })).toMatchObject({
    requestHeaders: { Authorization: '***', 'X-Api-Key': '***', 'X-Team': 'shown' },
    responseHeaders: { 'Set-Cookie': '***', 'X-A': '1, 2' },
    times: { resolveMs: 1.2, connectMs: 2, tlsMs: null, firstByteMs: 7 },
  });
});

function known(sent: SentRequest | null): SentRequest {
  if (sent === null) throw new Error('the request is unfinished');
  return sent;
}
