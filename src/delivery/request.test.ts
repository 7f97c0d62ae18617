import { expect, test } from 'vitest';
import { APPLICATION, makeEndpoint } from '../../test/support/delivery-parts.ts';
import { makeHandoff } from '../../test/support/handoffs.ts';
import { DEFAULT_POLICY } from '../domain/policy.ts';
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

test('a raw text is sent with its media type, and JSON of the same text as JSON', () => {
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
