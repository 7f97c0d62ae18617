import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiServer, startApiServer } from '../support/api-server.ts';

let server: ApiServer;
let token: string;
let app = 0;
beforeAll(async () => {
  server = await startApiServer({ allowNetworks: ['127.0.0.0/8'] });
  token = await server.issue({ organizationId: 'org_1' });
});
afterAll(() => server.stop());

async function call(method: string, path: string, body?: string, key?: string) {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== undefined && { 'idempotency-key': key }),
    },
    ...(body !== undefined && { body }),
  });
  return { status: response.status, text: await response.text() };
}

async function newApp(): Promise<string> {
  const uid = `batch-${++app}`;
  await call('POST', '/app', JSON.stringify({ name: uid, uid }));
  return uid;
}

interface Result {
  readonly status: number;
  readonly id?: string;
  readonly code?: string;
  readonly detail?: unknown;
}

async function batch(uid: string, messages: string, key?: string): Promise<Result[]> {
  const { status, text } = await call(
    'POST',
    `/app/${uid}/msg/batch`,
    `{"messages": ${messages}}`,
    key,
  );
  expect([status, text]).toEqual([200, expect.anything()]);
  return (JSON.parse(text) as { results: Result[] }).results;
}

test('the messages of a batch are accepted one by one, each payload unchanged', async () => {
  const uid = await newApp();
  const url = 'http://127.0.0.1:1/';
  await call('POST', `/app/${uid}/endpoint`, JSON.stringify({ url }));
  const before = server.handedOver.length;
  const results = await batch(
    uid,
    `[ {"eventType":"a.b","payload":{"n": 1.0, "big":12345678901234567890}},
       {"eventType":"a.b","payload":[ ],"eventId":"one"},
       {"eventType":"a b","payload":{}},
       {"eventType":"a.b","payload":{},"eventId":"one"},
       {"eventType":"a.b","payload":{},"application":{"name":"x"}},
       7,
       {"eventType":"a.b","rawPayload":"<a/>","contentType":"text/xml","deliverAt":"2999-01-01T00:00:00Z"},
       {"eventType":"a.b","rawPayload":"<a/>","contentType":"text/xml","headers":{"x-a":"b"}},
       {"eventType":"a.b","payload":{},"tags":["ok","not ok"]} ]`,
  );
  expect(results.map(({ status }) => status)).toEqual([
    202, 202, 422, 409, 422, 422, 422, 202, 422,
  ]);
  expect(results[2]?.detail).toEqual([expect.objectContaining({ loc: ['body', 'eventType'] })]);
  expect(results[8]?.detail).toEqual([expect.objectContaining({ loc: ['body', 'tags', '1'] })]);
  expect(results[3]).toMatchObject({ code: 'conflict' });
  const { text } = await call('GET', `/app/${uid}/msg/${results[0]?.id}`);
  expect(text).toContain('"payload":{"n": 1.0, "big":12345678901234567890}');
  const handedOver = server.handedOver.slice(before);
  expect(handedOver.map(({ messageId, headers }) => [messageId, headers])).toEqual([
    [results[0]?.id, null],
    [results[1]?.id, null],
    [results[7]?.id, '{"x-a":"b"}'],
  ]);
});

test('a repeated batch has no second effect', async () => {
  const uid = await newApp();
  const body = `[{"eventType":"a.b","payload":{"n":1}},{"eventType":"a.b","payload":{"n":2}}]`;
  const first = await batch(uid, body, 'key-1');
  expect(await batch(uid, body, 'key-1')).toEqual(first);
  const other = body.replace('"n":2', '"n":3');
  const refused = await call('POST', `/app/${uid}/msg/batch`, `{"messages": ${other}}`, 'key-1');
  expect(refused.status).toBe(422);

  // An answer with refusals is not kept: refused messages are tried again, accepted ones are not repeated.
  const partly = `[{"eventType":"a.b","payload":{}},{"eventType":"a.b","payload":{},"eventId":"e"}]`;
  const taken = await call(
    'POST',
    `/app/${uid}/msg`,
    '{"eventType":"a.b","payload":1,"eventId":"e"}',
  );
  expect(taken.status).toBe(202);
  const [accepted, conflict] = await batch(uid, partly, 'key-2');
  expect([accepted?.status, conflict?.status]).toEqual([202, 409]);
  expect(await batch(uid, partly, 'key-2')).toEqual([accepted, conflict]);

  // A message's own key is the same as the key of a single publish.
  const own = `[{"eventType":"a.b","payload":{"n":1},"idempotencyKey":"own"}]`;
  const [one] = await batch(uid, own);
  const single = await call(
    'POST',
    `/app/${uid}/msg`,
    '{"eventType":"a.b","payload":{"n":1}}',
    'own',
  );
  expect(JSON.parse(single.text)).toMatchObject({ id: one?.id });
});

test('a key that another message has used is refused where it was given', async () => {
  const uid = await newApp();
  const own = (n: number, more = '') =>
    `[{"eventType":"a.b","payload":${n},"idempotencyKey":"own"${more}}]`;
  await batch(uid, own(1));
  for (const other of [own(2), own(1, ',"payloadRetentionHours":1')]) {
    const [refused] = await batch(uid, other);
    expect(refused).toMatchObject({
      status: 422,
      code: 'idempotency_key_reused',
      detail: [{ loc: ['body', 'idempotencyKey'] }],
    });
  }
  // A batch of which a message was refused can be repeated with another.
  const partly = (n: number) => `[{"eventType":"a.b","payload":${n}},{"eventType":"a b"}]`;
  await batch(uid, partly(1), 'partly');
  const [changed] = await batch(uid, partly(2), 'partly');
  expect(changed).toMatchObject({ status: 422, detail: [{ loc: ['header', 'idempotency-key'] }] });
});

test('a batch has at most a thousand messages', async () => {
  const uid = await newApp();
  const item = '{"eventType":"a.b","payload":{}}';
  const list = (count: number) => `[${Array.from({ length: count }, () => item).join(',')}]`;
  expect(await batch(uid, list(1_000))).toHaveLength(1_000);
  for (const messages of [list(1_001), '[]', '{}', 'null']) {
    const { status } = await call('POST', `/app/${uid}/msg/batch`, `{"messages":${messages}}`);
    expect(status).toBe(422);
  }
  expect((await call('POST', '/app/unknown/msg/batch', `{"messages":${list(1)}}`)).status).toBe(
    404,
  );
});
