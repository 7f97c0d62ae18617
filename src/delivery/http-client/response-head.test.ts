import { describe, expect, test } from 'vitest';
import { ProtocolError, parseResponseHead } from './response-head.ts';

const head = (...lines: string[]) => ['HTTP/1.1 200 OK', ...lines].join('\r\n');

test.each([
  ['HTTP/1.1 200 OK', 200],
  ['HTTP/1.0 500 Internal Server Error', 500],
  ['HTTP/1.1 204', 204],
  ['HTTP/1.1 404 ', 404],
  ['HTTP/1.1 999 Request denied', 999],
  ['HTTP/1.1  200 OK', 200],
  ['HTTP/1.1\t200\tOK', 200],
  ['http/1.1 200 OK', 200],
  ['Http/1.0 200', 200],
  ['HTTP/1.2 200 OK', 200],
])('%j has status %i', (text, statusCode) => {
  expect(parseResponseHead(text).statusCode).toBe(statusCode);
});

test.each([
  '',
  'HTTP/1.1',
  'HTTP/1.1 20 OK',
  'HTTP/1.1 099 OK',
  'HTTP/1.1 2000 OK',
  'HTTP/1.1 200OK',
  'HTTP/1.1200 OK',
  'HTTP/1.11 200 OK',
  'HTTP/1 200 OK',
  'HTTP/0.9 200 OK',
  'HTTP/2 200',
  'HTTP /1.1 200 OK',
  ' HTTP/1.1 200 OK',
  'ICY 200 OK',
  head('content-length: five'),
  head('content-length: -1'),
  head('content-length: +1'),
  head('content-length: 0x5'),
  head('content-length: '),
  head('content-length: 1234567890123456'),
  head('content-length: 5', 'content-length: 6'),
  head('content-length: 5, 6'),
  head('content-length: 5, 55'),
  head('content-length: 5,'),
  head('content-length: 5', 'content-length: 05'),
  head('content-length : 5', 'content-length: 6'),
  head(' content-length: 5', 'content-length: 6'),
  head('content-length: 5\ncontent-length: 6'),
  head('content-length: 5\0'),
  head('content-length: 5\r', 'x: y'),
  head('content-length: 5\rx: y'),
  head('content-length: 5', ' 6'),
  head('content-length: 5', 'transfer-encoding: chunked'),
  head('content-length: 5\nTransfer-Encoding : chunked'),
  head('transfer-encoding: chunked\0'),
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
  [head('content-length: 5', 'x: y', 'Content-Length: 5'), 5],
  [head('content-length: 5, 5 ,5'), 5],
  ['HTTP/1.1 204 No Content\r\ncontent-length: 5', 0],
  ['HTTP/1.1 204 No Content\r\ncontent-length: five\r\ntransfer-encoding: chunked', 0],
  ['HTTP/1.1 304 Not Modified\r\ntransfer-encoding: chunked', 0],
  ['HTTP/1.1 103 Early Hints\r\nlink: </a>', 0],
])('%j has a body of %s', (text, body) => {
  expect(parseResponseHead(text).body).toBe(body);
});

describe('ignored, as in browsers, is', () => {
  const WITH = ['content-length: 7', 'retry-after: 3'] as const;

  test.each([
    ['a line without a colon', head('no colon', ...WITH)],
    ['a line without a name', head(': no name', ...WITH)],
    ['a name that is none', head('a b: c', '"d": e', '(f): g', ...WITH)],
    ['an HTML page begun too early', head('<p>sorry: really</p>', ...WITH)],
    ['a second status line', head('HTTP/1.1 200 OK', ...WITH)],
    ['a NUL', head('a: \0', '\0', ...WITH)],
    ['a CR within a line', head('a: b\rc: d', ...WITH)],
    ['a line of CRs', head('\r\r', ...WITH)],
    ['bytes that are not ASCII', head('ä: ö', ...WITH)],
    ['a blank before the first header', head(` ${WITH[0]}`, WITH[1])],
    [
      'a tab before the first header, and a folded line',
      head(`\t${WITH[0]}`, 'a: b', ' c', WITH[1]),
    ],
    ['a blank before a colon', head('Content-Length : 7', 'Retry-After\t: 3')],
    ['a line that continues one without sense', head('no colon', ' content-length: 9', ...WITH)],
    ['a bare LF at each end', head(...WITH).replaceAll('\r\n', '\n')],
    ['a bare LF here and there', `HTTP/1.1 200 OK\n${WITH[0]}\r\na: b\n${WITH[1]}\r\n`],
    ['a bare LF before a folded line', head('a: b\n c', ...WITH)],
    ['the empty line at the end', `${head(...WITH)}\r\n\r\n`],
  ])('%s', (_what, text) => {
    expect(parseResponseHead(text)).toMatchObject({ statusCode: 200, body: 7, retryAfter: '3' });
  });
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
  ['HTTP/1.2 200 OK', 30_000],
  // A body may follow all the same, and would be read as the response to the next request.
  ['HTTP/1.1 204 No Content\r\ncontent-length: 5', 0],
  ['HTTP/1.1 204 No Content\r\ncontent-length: 0', 30_000],
  ['HTTP/1.1 304 Not Modified\r\ntransfer-encoding: chunked', 0],
])('the connection of %j is kept for %i ms', (text, keepMs) => {
  expect(parseResponseHead(text).keepMs).toBe(keepMs);
});

test('tells how long to wait', () => {
  expect(parseResponseHead(head('Retry-After:  120 ')).retryAfter).toBe('120');
  expect(parseResponseHead(head('x-retry-after: 120')).retryAfter).toBeNull();
});

test.each([
  [head(), null],
  [head('content-encoding: gzip'), 'gzip'],
  [head('content-encoding: gzip', 'content-encoding: br'), 'gzip, br'],
  [head('transfer-encoding: chunked'), null],
  [head('transfer-encoding: gzip'), 'gzip'],
  [head('content-encoding: br', 'transfer-encoding: gzip, chunked'), 'br, gzip,'],
])('the codings of %j are %j', (text, coding) => {
  expect(parseResponseHead(text).coding).toBe(coding);
});
