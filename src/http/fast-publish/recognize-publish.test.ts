import fc from 'fast-check';
import { createServer } from 'node:http';
import { duplexPair } from 'node:stream';
import { expect, it } from 'vitest';
import { recognizePublish } from './recognize-publish.ts';

const LIMIT = 1_000;
const BODY = '{"eventType":"a.b","payload":{"name":"Zoë"}}';

function request({
  line = 'POST /api/v1/app/app_1/msg HTTP/1.1',
  host = 'Host: example.com',
  authorization = 'Authorization: Bearer a.b-c_d',
  type = 'Content-Type: application/json',
  length = `Content-Length: ${Buffer.byteLength(BODY)}`,
  more = [] as string[],
  body = BODY,
} = {}): Buffer {
  const head = [line, host, authorization, type, length, ...more].filter((field) => field !== '');
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

const read = (bytes: Buffer) => recognizePublish(bytes, LIMIT);

it('recognizes the requests of common clients', () => {
  const plain = {
    application: 'app_1',
    token: 'a.b-c_d',
    idempotencyKey: undefined,
    withContent: true,
    body: BODY,
  };
  expect(read(request())).toEqual(plain);
  const more = [
    'User-Agent: curl/8',
    'accept:*/*',
    'Connection: Keep-Alive',
    'idempotency-key: auto 1',
    'x-empty:',
  ];
  expect(read(request({ more }))).toEqual({ ...plain, idempotencyKey: 'auto 1' });
  expect(read(request({ type: 'content-type: Application/JSON; charset=UTF-8' }))).toEqual(plain);
  expect(read(request({ authorization: 'AUTHORIZATION:bearer a.b-c_d  ' }))).toEqual(plain);
  const uid = 'POST /api/v1/app/a.customer-7_x/msg HTTP/1.1';
  expect(read(request({ line: uid }))?.application).toBe('a.customer-7_x');
  const slash = 'POST /api/v1/app/app_1/msg/ HTTP/1.1';
  expect(read(request({ line: slash }))).toEqual(plain);
  const line = (value: string) => `POST /api/v1/app/app_1/msg?with_content=${value} HTTP/1.1`;
  expect(read(request({ line: line('true') }))).toEqual(plain);
  expect(read(request({ line: line('false') }))).toEqual({ ...plain, withContent: false });
});

const invalidUtf8 = Buffer.concat([
  request({ body: '', length: 'content-length: 2' }),
  Buffer.from([0xc3, 0x28]),
]);

it.each<[what: string, bytes: Buffer]>([
  ['nothing', Buffer.alloc(0)],
  ['half a head', request().subarray(0, 60)],
  ['half a body', request().subarray(0, -1)],
  ['more than one request', Buffer.concat([request(), request()])],
  ['another method', request({ line: 'PUT /api/v1/app/app_1/msg HTTP/1.1' })],
  ['a method in small letters', request({ line: 'post /api/v1/app/app_1/msg HTTP/1.1' })],
  ['another path', request({ line: 'POST /api/v1/app/app_1/endpoint HTTP/1.1' })],
  ['a longer path', request({ line: 'POST /api/v1/app/app_1/msg/x HTTP/1.1' })],
  ['another query', request({ line: 'POST /api/v1/app/app_1/msg?limit=1 HTTP/1.1' })],
  ['a longer query', request({ line: 'POST /api/v1/app/app_1/msg?with_content=true&a HTTP/1.1' })],
  ['an escape', request({ line: 'POST /api/v1/app/app%5f1/msg HTTP/1.1' })],
  ['no application', request({ line: 'POST /api/v1/app//msg HTTP/1.1' })],
  ['an absolute target', request({ line: 'POST http://a/api/v1/app/app_1/msg HTTP/1.1' })],
  ['HTTP/1.0', request({ line: 'POST /api/v1/app/app_1/msg HTTP/1.0' })],
  ['two spaces', request({ line: 'POST  /api/v1/app/app_1/msg HTTP/1.1' })],
  ['an empty line before', Buffer.concat([Buffer.from('\r\n'), request()])],
  ['lines that end in LF', Buffer.from(request().toString().replaceAll('\r\n', '\n'))],
  ['no host', request({ host: '' })],
  ['an origin', request({ more: ['origin: https://portal.example.com'] })],
  ['two hosts', request({ more: ['host: other'] })],
  ['no token', request({ authorization: '' })],
  ['another scheme', request({ authorization: 'authorization: Basic YTpi' })],
  ['two tokens', request({ authorization: 'authorization: Bearer a b' })],
  ['authorization twice', request({ more: ['authorization: Bearer other'] })],
  ['no type', request({ type: '' })],
  ['another type', request({ type: 'content-type: text/plain' })],
  ['another charset', request({ type: 'content-type: application/json; charset=latin1' })],
  ['no length', request({ length: '' })],
  ['a length of two forms', request({ length: `content-length: +${BODY.length + 1}` })],
  ['a length with a zero before', request({ length: `content-length: 0${BODY.length + 1}` })],
  ['two lengths', request({ more: [`content-length: ${Buffer.byteLength(BODY)}`] })],
  ['a length too short', request({ length: 'content-length: 2' })],
  ['a length and a coding', request({ more: ['transfer-encoding: chunked'] })],
  ['a coding', request({ length: 'transfer-encoding: chunked' })],
  ['content that is encoded', request({ more: ['content-encoding: gzip'] })],
  ['an expectation', request({ more: ['expect: 100-continue'] })],
  ['an upgrade', request({ more: ['upgrade: h2c'] })],
  ['trailers', request({ more: ['trailer: x'] })],
  ['the wish to close', request({ more: ['connection: close'] })],
  ['a hop-by-hop field', request({ more: ['connection: keep-alive, x'] })],
  ['an empty key', request({ more: ['idempotency-key:'] })],
  ['a key too long', request({ more: [`idempotency-key: ${'k'.repeat(257)}`] })],
  ['two keys', request({ more: ['idempotency-key: a', 'idempotency-key: b'] })],
  ['a space before the colon', request({ more: ['x : 1'] })],
  ['a folded line', request({ more: ['x: 1', ' 2'] })],
  ['a control character', request({ more: ['x: \u0001'] })],
  ['a carriage return alone', request({ more: ['x: 1\rtransfer-encoding: chunked'] })],
  ['a field beyond ASCII', request({ more: ['x: é'] })],
  ['a nameless field', request({ more: [': 1'] })],
  ['a head too large', request({ more: [`x: ${'x'.repeat(9_000)}`] })],
  ['too many fields', request({ more: Array.from({ length: 60 }, (_, n) => `x${n}: 1`) })],
  ['a body too large', request({ body: 'x'.repeat(LIMIT + 1), length: 'content-length: 1001' })],
  ['a body that is not UTF-8', invalidUtf8],
])('does not recognize %s', (_what, bytes) => {
  expect(read(bytes)).toBeNull();
});

it('takes linear time for any bytes', () => {
  const spaces = request({ more: [`x:${' '.repeat(7_000)}\u0001`] });
  const names = request({ more: ['x'.repeat(7_000)] });
  const startedAt = performance.now();
  for (let n = 0; n < 1_000; n++) expect(read(n % 2 === 0 ? spaces : names)).toBeNull();
  // Backtracking would take minutes.
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

const FIELDS = [
  'Content-Length: 46',
  'Transfer-Encoding: chunked',
  'Host: c',
  'Authorization: Bearer x',
  'Idempotency-Key: k',
  'a:b',
].map((field) => `${field}\r\n`);
const BITS = [
  ...Array.from('\r\n \t:,;01xÉ\0\u007f'),
  '\r\n',
  '\r\n\r\n',
  '\r\n 1',
  'HTTP/1.1',
  'POST ',
  ...FIELDS,
];

it('recognizes no request that node:http would read differently', async () => {
  const bit = fc.constantFrom(...BITS);
  const edit = fc.tuple(fc.nat(220), fc.constantFrom(0, 0, 0, 1, 2, 3), bit);
  let plain = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 2 }), async (edits) => {
      let text = request().toString('latin1');
      for (const [at, removed, added] of edits) {
        text = text.slice(0, at) + added + text.slice(at + removed);
      }
      const bytes = Buffer.from(text, 'latin1');
      const ours = read(bytes);
      if (ours === null) return;
      plain++;
      expect(await readByNode(bytes)).toEqual([ours]);
    }),
    { numRuns: 20_000 },
  );
  expect(plain).toBeGreaterThan(100);
});

/** The parts of the requests that we read too, as node:http reads them. */
async function readByNode(bytes: Buffer): Promise<unknown[]> {
  const seen: unknown[] = [];
  const server = createServer();
  const failed = new Promise<void>((resolve) => {
    server.on('clientError', (error) => {
      seen.push(error);
      resolve();
    });
  });
  const answered = new Promise<void>((resolve) => {
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { url = '', headers, method } = request;
        seen.push({
          application: method === 'POST' ? url.split('/')[4] : null,
          withContent: true,
          token: headers.authorization?.slice('Bearer '.length),
          idempotencyKey: headers['idempotency-key'],
          body: Buffer.concat(chunks).toString(),
        });
        response.end();
      });
      response.on('close', resolve);
    });
  });
  const [client, socket] = duplexPair();
  server.emit('connection', socket);
  client.resume();
  client.write(bytes);
  await Promise.race([answered, failed]);
  client.destroy();
  socket.destroy();
  return seen;
}
