import fc from 'fast-check';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { describedBody, describedOperation } from './fuzz-body.ts';

export interface FuzzRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Lines of `name: value`, in which names may repeat. `TOKEN` and `PORTAL` stand for tokens. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
  /** A wrong `Content-Length`; undefined: the right one; null: a chunked body. */
  readonly length: number | null | undefined;
  /** The client cuts the connection after this many bytes; null: it waits for the answer. */
  readonly cutAt: number | null;
}

export interface Route {
  readonly method: string;
  readonly url: string;
}

/** Requests to the routes: a few correct, most of them wrong in one or a few ways. */
export function fuzzRequest(routes: readonly Route[]): fc.Arbitrary<FuzzRequest> {
  // Chosen more often than other routes, because it runs the program in the request.
  const simulating = routes.filter(({ url }) => url.endsWith(SIMULATE));
  return mostly(6, fc.constantFrom(...routes), fc.constantFrom(...simulating)).chain((route) =>
    fc.oneof(onlyOddBody(route), odd(route)),
  );
}

/** Reaches more of the operations than a request that is wrong in several ways. */
function onlyOddBody(route: Route): fc.Arbitrary<FuzzRequest> {
  const { method, url } = route;
  return fc.record({
    method: fc.constant(method),
    target: mostly(3, fc.constant(''), queryOf(route)).map(
      (search) => url.replace(/:\w+/g, (name) => KNOWN[name] ?? name) + search,
    ),
    headers: mostly(3, fc.constant('Bearer TOKEN'), fc.constant('Bearer PORTAL')).map(
      (authorization) => [
        'host: fuzz',
        `authorization: ${authorization}`,
        'content-type: application/json',
      ],
    ),
    body: hasBody(method) ? bodyOf(route) : fc.constant(new Uint8Array()),
    length: fc.constant(undefined),
    cutAt: fc.constant(null),
  });
}

function odd(route: Route): fc.Arbitrary<FuzzRequest> {
  return fc.record({
    method: mostly(9, fc.constant(route.method), fc.constantFrom(...METHODS)),
    target: fc
      .tuple(pathOf(route.url), mostly(2, fc.constant(''), queryOf(route)))
      .map(([path, search]) => path + search),
    headers: headers(route.method),
    body: hasBody(route.method)
      ? bodyOf(route)
      : mostly(9, fc.constant(new Uint8Array()), bodyOf(route)),
    length: mostly(
      12,
      fc.constant(undefined),
      fc.oneof(fc.constant(null), fc.integer({ min: -1, max: 100 }), fc.constant(2 ** 40)),
    ),
    cutAt: mostly(12, fc.constant(null), fc.nat(600)),
  });
}

function hasBody(method: string): boolean {
  return !['GET', 'DELETE', 'HEAD'].includes(method);
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'NOPE'];

const SIMULATE = '/transformation/simulate';

function mostly<T>(weight: number, usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: odd });
}

const KNOWN: Readonly<Record<string, string>> = {
  ':app_id': 'fuzz',
  ':endpoint_id': 'endpoint',
  ':msg_id': 'message',
  ':event_type_name': 'fuzz.type',
  ':listener_id': 'a-listener-of-the-fuzzer',
  ':env_id': DEFAULT_ORGANIZATION,
};

const oddSegment = fc.oneof(
  fc
    .string({ unit: 'binary', maxLength: 20 })
    .map((text) => encodeURIComponent(text.toWellFormed())),
  fc.constantFrom('', '.', '..', '%', '%00', '%zz', '%2f', '%ff%fe', '__proto__', 'constructor'),
  fc.constantFrom(`app_${'0'.repeat(27)}`, `ep_${'z'.repeat(27)}`, `msg_${'A'.repeat(27)}`),
  fc.constantFrom(`atmpt_${'0'.repeat(27)}`, `qtask_${'0'.repeat(27)}`, `key_${'0'.repeat(27)}`),
  fc.constantFrom('%ed%a0%80', '%c0%80', '%E2%80%A8', 'a%00b', '%2e%2e', '%5c', '%0d%0a'),
  fc.constantFrom('a'.repeat(256), 'a'.repeat(257), 'a'.repeat(600), '-', "'--"),
);

function pathOf(url: string): fc.Arbitrary<string> {
  const segments = url.split('/').map((part) => {
    const usual = fc.constant(KNOWN[part] ?? part);
    return part.startsWith(':') ? mostly(6, usual, oddSegment) : mostly(60, usual, oddSegment);
  });
  return fc.tuple(...segments).map((parts) => parts.join('/'));
}

const queryName = fc.constantFrom(
  'limit',
  'iterator',
  'order',
  'with_content',
  'get_if_exists',
  'expunge',
  'event_types',
  'before',
  'after',
  'status',
  'channel',
  'tag',
  'status_code_class',
  'include_archived',
  'event_types[]',
  'event_types[0]',
  'endpoint_id',
  'with_msg',
  'expanded_statuses',
  'since',
  'until',
  '__proto__',
  'a',
  '',
  'limit[]',
);
const queryValue = fc.oneof(
  fc.constantFrom('1', '0', '-1', '251', '1e9', 'true', 'false', 'null', '', 'a,b', ',', '-'),
  fc.constantFrom('2026-01-01', '2026-01-01T00:00:00+01:00', '9999999999999', '0000-00-00', '[]'),
  fc
    .string({ unit: 'binary', maxLength: 12 })
    .map((text) => encodeURIComponent(text.toWellFormed())),
  fc.constantFrom('%', '%zz', '%ff', '%00', 'a'.repeat(3_000)),
);

/** Parameters of the route, and others. */
function queryOf({ method, url }: Route): fc.Arbitrary<string> {
  const own = (describedOperation(method, url)?.parameters ?? []).filter(
    (parameter) => parameter.in === 'query',
  );
  const name =
    own.length === 0
      ? queryName
      : mostly(3, fc.constantFrom(...own.map((one) => one.name)), queryName);
  return fc
    .array(fc.tuple(name, queryValue), { minLength: 1, maxLength: 4 })
    .map((pairs) => `?${pairs.map((pair) => pair.join('=')).join('&')}`);
}

const contentType = fc.constantFrom(
  'text/plain',
  'application/json;charset=latin1',
  'application/xml',
  '',
  'x',
  ';;;',
  'application/json, application/json',
  'multipart/form-data',
  'APPLICATION/JSON',
);
const token = fc.constantFrom('Bearer x.y.z', 'Bearer', 'Basic eA==', '', 'Bearer  TOKEN', 'TOKEN');
const idempotencyKey = fc.oneof(
  fc.constantFrom('', 'k', 'k'.repeat(256), 'k'.repeat(257), '\xff', 'a, b'),
  fc.uuid(),
);
const oddHeader = fc.constantFrom(
  'content-type: application/json',
  'authorization: Bearer TOKEN',
  'host: other',
  'expect: x',
  'content-encoding: gzip',
  'origin: null',
  'connection: close',
  'upgrade: websocket',
  'transfer-encoding: gzip',
  'x: \x01',
  'x y: z',
  'expect: 100-continue',
  'accept: text/html',
  'access-control-request-method: PUT',
  `x: ${'y'.repeat(20_000)}`,
  'content-length: 1',
  'transfer-encoding: chunked',
  'transfer-encoding: chunked, chunked',
  'transfer-encoding : chunked',
  'content-length: 1, 1',
  'content-length: +1',
  ' folded',
  'authorization: Bearer PORTAL',
  'cookie: a=b',
  'origin: https://example.com',
  'accept-encoding: br;q=0, *',
  'traceparent: 00-00000000000000000000000000000000-0000000000000000-00',
  'x-forwarded-for: \x80',
  'range: bytes=0-1',
  'if-none-match: *',
);

function headers(method: string): fc.Arbitrary<string[]> {
  return fc
    .record({
      authorization: mostly(12, fc.constantFrom('Bearer TOKEN', 'Bearer PORTAL'), token),
      type: mostly(9, fc.constant(method === 'GET' ? '' : 'application/json'), contentType),
      key: mostly(4, fc.constant(null), idempotencyKey),
      odd: mostly(
        6,
        fc.constant<string[]>([]),
        fc.array(oddHeader, { minLength: 1, maxLength: 3 }),
      ),
    })
    .map(({ authorization, type, key, odd }) => [
      'host: fuzz',
      `authorization: ${authorization}`,
      ...(type === '' ? [] : [`content-type: ${type}`]),
      ...(key === null ? [] : [`idempotency-key: ${key}`]),
      ...odd,
    ]);
}

/** Members of request bodies, with valid values. */
const MEMBERS: Readonly<Record<string, unknown>> = {
  name: 'fuzz.type',
  description: 'x',
  uid: 'made',
  url: 'https://example.com/',
  eventTypes: ['fuzz.type'],
  filterTypes: ['fuzz.type'],
  channels: ['c'],
  throttleRate: 5,
  rateLimit: 5,
  metadata: { a: 'b' },
  headers: { 'x-a': 'b' },
  deleteHeaders: ['x-a'],
  policy: { retrySchedule: [1], timeoutMs: 1_000, success: '2xx' },
  disabled: false,
  ordered: true,
  concurrency: 2,
  version: 1,
  secret: 'whsec_MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMA==',
  key: null,
  gracePeriodSeconds: 0,
  archived: false,
  deprecated: false,
  featureFlag: null,
  groupName: null,
  featureFlags: [],
  schemas: { 1: { type: 'object' } },
  eventType: 'fuzz.type',
  eventId: 'event',
  payload: { a: 1.0 },
  application: { name: 'x', uid: 'fuzz' },
  transformationsParams: { rawPayload: 'text' },
  tags: [],
  code: 'function handler(webhook) { return webhook; }',
  enabled: true,
  variables: { a: 'b' },
};

const oddValue = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(null, '', 0, -0, 1e308, 2 ** 53, [], {}, [[]], 'x'.repeat(70_000), '\ud800'),
  fc.constantFrom('http://127.0.0.1/', 'http://[::1', 'javascript:x', 'whsec_', 'whsk_AA==', 'NaN'),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

const members = fc
  .record(
    Object.fromEntries(
      Object.entries(MEMBERS).map(([name, value]) => [
        name,
        mostly(12, fc.constant(value), oddValue),
      ]),
    ),
    { requiredKeys: [] },
  )
  .chain((all) => fc.tuple(fc.constant(all), fc.subarray(Object.keys(all), { maxLength: 5 })))
  .map(([all, names]) => Object.fromEntries(names.map((name) => [name, all[name]])));

const deep = fc
  .tuple(fc.constantFrom(...Object.keys(MEMBERS)), fc.constantFrom(50, 500, 9_000))
  .map(([name, levels]) => `{"${name}":${'[{"a":'.repeat(levels)}1${'}]'.repeat(levels)}}`);

/** A valid body for the route, in most cases with one more member, valid or not. */
function usual({ method, url }: Route): fc.Arbitrary<object> {
  const path = url.replace(/^\/api\/v1/, '');
  const right = Object.entries(RIGHT).find(([end]) => path.endsWith(end))?.[1] ?? {};
  const required = method === 'PATCH' ? {} : right;
  if (path.endsWith(SIMULATE)) return mostly(8, simulation, fc.constant(right));
  return mostly(3, members, fc.constant({})).map((more) => ({
    ...Object.fromEntries(Object.entries(more).slice(0, 1)),
    ...required,
  }));
}

/** The body of a program's handler. Programs that hang are tried in the tests of the sandbox. */
const statement = fc.oneof(
  fc.constantFrom(
    'return webhook',
    'return',
    'return null',
    'return []',
    'return { payload: webhook }',
    'return { payload: undefined }',
    'throw new Error(webhook.payload)',
    'throw null',
    'throw { toString() { throw 1 } }',
    'webhook.payload.self = webhook.payload',
    'webhook.payload = 10n',
    'webhook.payload = () => 1',
    'webhook.payload = new Proxy({}, { get() { throw 1 } })',
    'webhook.toJSON = () => webhook.toJSON()',
    'webhook.cancel = true',
    'webhook.method = "PUT"',
    'webhook.url += "?a=ő"',
    'webhook.url = "http://other.example/"',
    'webhook.headers["x-b"] = "\\n"',
    'delete webhook.headers',
    'delete webhook.payload',
    'Object.prototype.payload = 1',
    'JSON.stringify = () => "x"',
    'webhook.payload = "x".repeat(1e6)',
    'eval("1")',
    'syntax error',
    '}',
  ),
  fc
    .string({ unit: 'binary', maxLength: 12 })
    .map((text) => `webhook.payload = ${JSON.stringify(text)}`),
);
const program = fc
  .array(statement, { maxLength: 4 })
  .map(
    (statements) => `function handler(webhook) { ${[...statements, 'return webhook'].join('; ')} }`,
  );

/** Inputs for a program, most of them valid. */
const simulation = fc.record(
  {
    code: mostly(16, program, fc.string({ unit: 'binary', minLength: 10, maxLength: 40 })),
    eventType: mostly(24, fc.constant('fuzz.type'), oddValue),
    payload: mostly(16, fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), oddValue),
    channels: mostly(16, fc.constantFrom(null, ['c']), oddValue),
    variables: mostly(16, fc.constantFrom(null, { a: 'b' }), oddValue),
    headers: mostly(8, fc.constantFrom(null, { 'x-a': 'é', 'X-B': '' }), oddValue),
  },
  { requiredKeys: ['code', 'eventType', 'payload'] },
);

/** Valid bodies by the end of the path. */
const RIGHT: Readonly<Record<string, object>> = {
  '/app': { name: 'x' },
  '/app/:app_id': { name: 'x' },
  '/endpoint': { url: 'https://example.com/' },
  '/endpoint/:endpoint_id': { url: 'https://example.com/' },
  '/headers': { headers: {} },
  '/event-type': { name: 'made.type', description: '' },
  '/event-type/:event_type_name': { description: '' },
  '/transformation/simulate': {
    code: 'function handler(webhook) { return webhook; }',
    eventType: 'fuzz.type',
    payload: { a: 1 },
  },
  '/app/:app_id/msg': { eventType: 'fuzz.type', payload: { a: 'é' } },
};

const oddText = fc.oneof(
  { weight: 6, arbitrary: members.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: deep },
  { weight: 1, arbitrary: oddValue.map((value) => JSON.stringify(value)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '{', '{"a":1', '\ufeff{}', '{"__proto__":{}}', '{"a":1,"a":2}'),
  },
);

function bodyOf(route: Route): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  const operation = describedOperation(route.method, route.url);
  const described = operation === undefined ? null : describedBody(operation);
  const text = fc.oneof(
    usual(route).map((value) => JSON.stringify(value)),
    oddText,
    ...(described === null ? [] : [described, described]),
  );
  const bytes = text.map((value) => new TextEncoder().encode(value));
  // With one byte changed: broken JSON, or broken UTF-8.
  const broken = fc
    .tuple(bytes, fc.nat(), fc.constantFrom(0, 0x22, 0x5c, 0x7b, 0x80, 0xc3, 0xff))
    .map(([value, at, byte]) => (value.length === 0 ? value : value.with(at % value.length, byte)));
  return mostly(8, bytes, broken);
}
