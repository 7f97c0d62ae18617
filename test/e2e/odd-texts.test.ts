import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { type ApiOperation, DOCUMENT } from '../support/contract-check.ts';

/**
 * PostgreSQL cannot hold NUL in a text, and UTF-8 no half of a surrogate pair. Every text of every operation is
 * tried with both: it is stored, or refused by name, on every database.
 */
const ODD = { NUL: 'a\0b', 'half a surrogate pair': 'a\ud800b' };

const LISTENER = 'a-listener-of-the-odd-texts';
const OWNER = { organizationId: DEFAULT_ORGANIZATION };
const KNOWN: Readonly<Record<string, string>> = {
  app_id: 'odd',
  endpoint_id: 'endpoint',
  msg_id: 'message',
  event_type_name: 'odd.type',
  listener_id: LISTENER,
  env_id: DEFAULT_ORGANIZATION,
};

let server: ApiServer;
let token: string;

beforeAll(async () => {
  server = await startApiServer();
  token = await server.issue(OWNER);
  const { applications, endpoints, eventTypes, listeners, messages } = server.operations;
  await applications.update(OWNER, 'odd', { name: 'Odd' });
  await endpoints.update(OWNER, 'odd', 'endpoint', { url: 'https://example.com/', ordered: true });
  await eventTypes.update(OWNER, 'odd.type', { description: '' });
  await listeners.open(OWNER, 'odd', LISTENER, {});
  await messages.create(OWNER, 'odd', { eventType: 'odd.type', eventId: 'message', payload: {} });
});
afterAll(() => server.stop());

const OPERATIONS = Object.entries(DOCUMENT.paths).flatMap(([path, operations]) =>
  Object.entries(operations).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path,
    operation,
  })),
);

describe.each(Object.entries(ODD))('%s', (_name, odd) => {
  it.each(OPERATIONS)('$method $path takes or refuses it', async ({ method, path, operation }) => {
    const defects: string[] = [];
    const tryOne = async ({ target, body }: OddRequest): Promise<void> => {
      const response = await fetch(server.url + target, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body }),
      });
      const answer = await response.text();
      if (response.status >= 500) defects.push(`${target} ${body}: ${answer}`);
    };
    await Promise.all([...requestsOf(path, operation, odd)].map(tryOne));
    expect(defects).toEqual([]);
    expect(server.logged.splice(0)).toEqual([]);
  });
});

it('keeps what a listening program answered in a form that every database holds', async () => {
  const { operations, storage } = server;
  const id = `lreq_${'0'.repeat(27)}`;
  const now = Date.now();
  const request = { id, listenerId: LISTENER, head: '', body: '', expiresAt: now + 60_000 };
  await storage.listeners.ask(request, now);
  const answer = { status: 200, body: 'a\0\ud800b', detail: '\0' };
  await operations.listeners.answer(OWNER, 'odd', LISTENER, id, answer);
  const kept = (await storage.listeners.answers([id])).get(id);
  expect(kept).toMatchObject({ body: 'a\uFFFD\uFFFDb', detail: '\uFFFD' });
});

interface OddRequest {
  readonly target: string;
  readonly body?: string;
}

interface Content {
  readonly schema: {
    readonly $ref?: string;
    readonly anyOf?: readonly { readonly $ref?: string }[];
  };
  readonly example: object;
}

/** One request for each text of the operation, in which this one text is odd. */
function* requestsOf(path: string, operation: ApiOperation, odd: string): Iterable<OddRequest> {
  const content = operation.requestBody?.content['application/json'] as Content | undefined;
  const body = content === undefined ? {} : { body: JSON.stringify(content.example) };
  const usual = pathWith(path, (name) => KNOWN[name] ?? 'x');
  // In a path or query, half of a surrogate pair is a malformed escape.
  const escaped = odd.isWellFormed() ? encodeURIComponent(odd) : '%ed%a0%80';
  for (const { in: place, name } of operation.parameters) {
    if (place === 'query') yield { target: `${usual}?${name}=${escaped}`, ...body };
    if (place !== 'path') continue;
    const target = pathWith(path, (other) => (other === name ? escaped : (KNOWN[other] ?? 'x')));
    yield { target, ...body };
  }
  if (content === undefined) return;
  const { example } = content;
  for (const changed of changes(example, odd))
    yield { target: usual, body: JSON.stringify(changed) };
  for (const name of membersOf(content)) {
    if (name in example) continue;
    for (const value of [odd, [odd], { a: odd }, { [odd]: 'a' }, [{ a: odd }], [{ [odd]: 'a' }]]) {
      yield { target: usual, body: JSON.stringify({ ...example, [name]: value }) };
    }
  }
}

function pathWith(path: string, valueOf: (name: string) => string): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => valueOf(name));
}

function membersOf({ schema }: Content): string[] {
  const ref = schema.$ref ?? schema.anyOf?.[0]?.$ref ?? '';
  const name = ref.slice(ref.lastIndexOf('/') + 1);
  return Object.keys(DOCUMENT.components.schemas[name]?.properties ?? {});
}

/** The value with each of its texts changed in turn, and with each of its members renamed in turn. */
function* changes(value: unknown, odd: string): Iterable<unknown> {
  if (typeof value === 'string') yield value + odd;
  if (typeof value !== 'object' || value === null) return;
  for (const [name, part] of Object.entries(value)) {
    const others = Object.entries(value).filter(([other]) => other !== name);
    if (!Array.isArray(value)) yield Object.fromEntries([...others, [name + odd, part]]);
    for (const changed of changes(part, odd)) {
      yield Array.isArray(value)
        ? value.with(Number(name), changed)
        : { ...value, [name]: changed };
    }
  }
}
