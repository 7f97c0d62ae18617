import { expect, test } from 'vitest';
import { ProtocolError, parseResponseHead } from './response-head.ts';

const head = (...lines: string[]) => ['HTTP/1.1 200 OK', ...lines].join('\r\n');

test.each([
  ['HTTP/1.1 200 OK', 200],
  ['HTTP/1.0 500 Internal Server Error', 500],
  ['HTTP/1.1 204', 204],
  ['HTTP/1.1 404 ', 404],
  ['HTTP/1.1 999 Request denied', 999],
])('%j has status %i', (text, statusCode) => {
  expect(parseResponseHead(text).statusCode).toBe(statusCode);
});

test.each([
  '',
  'HTTP/1.1',
  'HTTP/1.1 20 OK',
  'HTTP/1.1 099 OK',
  'HTTP/1.1 2000 OK',
  'HTTP/1.1  200 OK',
  'HTTP/1.2 200 OK',
  'HTTP/2 200',
  'http/1.1 200 OK',
  ' HTTP/1.1 200 OK',
  'ICY 200 OK',
  head('no colon'),
  head(': no name'),
  head('content-length : 5'),
  head(' content-length: 5'),
  head('a: b\nc: d'),
  head('a: b\rc: d'),
  head('a: \0'),
  head('content-length: five'),
  head('content-length: -1'),
  head('content-length: +1'),
  head('content-length: 0x5'),
  head('content-length: '),
  head('content-length: 1234567890123456'),
  head('content-length: 5', 'content-length: 6'),
  head('content-length: 5, 5'),
  head('content-length: 5', 'transfer-encoding: chunked'),
])('%j is refused', (text) => {
  expect(() => parseResponseHead(text)).toThrow(ProtocolError);
});

test.each([
  [head('content-length: 17'), 17],
  [head('CONTENT-LENGTH:17  '), 17],
  [head('x: y', 'Content-Length: 0'), 0],
  [head('transfer-encoding: chunked'), 'chunked'],
  [head('Transfer-Encoding: gzip, Chunked'), 'chunked'],
  [head('transfer-encoding: gzip', 'transfer-encoding: chunked'), 'chunked'],
  [head('transfer-encoding: gzip,', '\tchunked'), 'chunked'],
  [head('transfer-encoding: chunked, gzip'), Infinity],
  [head('transfer-encoding: unchunked'), Infinity],
  [head(), Infinity],
  ['HTTP/1.1 204 No Content\r\ncontent-length: 5', 0],
  ['HTTP/1.1 304 Not Modified\r\ntransfer-encoding: chunked', 0],
  ['HTTP/1.1 103 Early Hints\r\nlink: </a>', 0],
])('%j has a body of %s', (text, body) => {
  expect(parseResponseHead(text).body).toBe(body);
});

test.each([
  [head(), 30_000],
  [head('connection: keep-alive'), 30_000],
  [head('connection: close'), 0],
  [head('Connection: Upgrade, Close'), 0],
  [head('connection: closer'), 30_000],
  [head('keep-alive: timeout=5'), 3_000],
  [head('keep-alive: max=100, timeout=5'), 3_000],
  [head('keep-alive: timeout=3600'), 30_000],
  [head('keep-alive: timeout=1'), 0],
  [head('keep-alive: timeout=soon'), 30_000],
  ['HTTP/1.0 200 OK\r\nconnection: keep-alive', 0],
])('the connection of %j is kept for %i ms', (text, keepMs) => {
  expect(parseResponseHead(text).keepMs).toBe(keepMs);
});

test('tells how long to wait', () => {
  expect(parseResponseHead(head('Retry-After:  120 ')).retryAfter).toBe('120');
  expect(parseResponseHead(head('x-retry-after: 120')).retryAfter).toBeNull();
});
