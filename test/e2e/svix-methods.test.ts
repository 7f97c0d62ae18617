import { ApiException, Svix } from 'svix';
import { expect, onTestFinished, test } from 'vitest';
import { EXAMPLES } from '../../src/http/openapi/examples.ts';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { startHttpApp } from '../support/http-app.ts';
import { startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * Calls every method of the official client library. The methods are found by reflection, so that those of a new
 * version are included. Each must be answered in a form that the library can read, or be one of those that
 * docs/migrating-from-svix.md lists as missing.
 */
const NOT_THERE = [
  'authentication.getStreamPollerToken',
  'authentication.rotateStreamPollerToken',
  'authentication.streamExpireAll',
  'authentication.streamLogout',
  'authentication.streamPortalAccess',
  'autoconfigSubscription',
  'connector',
  'destination',
  'ingest',
  'integration',
  'message.poller',
  'streaming',
];

/** Methods that are refused, because the token has no session. */
const REFUSED = ['authentication.logout'];

interface Method {
  readonly name: string;
  readonly run: (...given: unknown[]) => Promise<unknown>;
  readonly parameters: readonly string[];
  /** The name of the body's schema in the description of the API. */
  readonly body: string | undefined;
  readonly path: string;
}

test('every method of the client library is answered, or documented as missing', async () => {
  const receiver = await startReceiver();
  const app = await startHttpApp({ retrySchedule: '' });
  onTestFinished(async () => {
    await app.close();
    await receiver.close();
  });
  const svix = new Svix(app.token, { serverUrl: app.url });
  const owner = { organizationId: DEFAULT_ORGANIZATION };
  await svix.application.create({ name: 'A', uid: 'a' });
  await svix.eventType.create({ name: 'invoice.paid', description: '' });
  const endpoint = await svix.endpoint.create('a', { url: receiver.url });
  const operational = await svix.operationalWebhook.endpoint.create({ url: receiver.url });
  const message = await svix.message.create('a', { eventType: 'invoice.paid', payload: {} });
  const [attempt] = await waitFor(async () => {
    const { data } = await svix.messageAttempt.listByMsg('a', message.id);
    return data.length > 0 && data;
  }, 'the attempt');
  const since = new Date(Date.now() - 3_600_000);
  const task = await svix.endpoint.recover('a', endpoint.id, { since });
  const named: Readonly<Record<string, unknown>> = {
    appId: 'a',
    endpointId: endpoint.id,
    msgId: message.id,
    attemptId: attempt?.id,
    eventTypeName: 'invoice.paid',
    taskId: task.id,
    keyId: (await app.operations.apiKeys.create(owner, { name: 'k' })).id,
    envId: DEFAULT_ORGANIZATION,
    options: undefined,
  };
  const url = receiver.url;
  const bodies: Readonly<Record<string, unknown>> = {
    ...EXAMPLES,
    AppUsageStatsIn: { since, until: new Date() },
    ApplicationIn: { name: 'A' },
    BulkReplayIn: { since },
    EndpointIn: { url },
    EndpointUpsertIn: { url },
    EventTypeIn: { name: 'other', description: '' },
    EventTypeUpsertIn: { description: '' },
    OperationalWebhookEndpointIn: { url },
    OperationalWebhookEndpointHeadersIn: { headers: {} },
    OperationalWebhookEndpointUpsertIn: { url },
    RecoverIn: { since },
    ReplayIn: { since },
    // The library needs a list in this body.
    CreateStreamEventsIn: { events: [] },
  };

  const methods = [...methodsOf(svix)].toSorted((a, b) => rank(a.name) - rank(b.name));
  expect(methods.length).toBeGreaterThan(130);
  for (const { name, run, parameters, body, path } of methods) {
    const given = parameters.map((parameter) => {
      if (parameter === 'endpointId' && path.includes('operational')) return operational.id;
      if (parameter in named) return named[parameter];
      return bodies[body ?? ''] ?? (parameter.endsWith('In') ? {} : 'x');
    });
    const answer = await run(...given).then(
      () => 'answered',
      (error: unknown) =>
        error instanceof ApiException ? `${error.code} ${JSON.stringify(error.body)}` : error,
    );
    if (NOT_THERE.some((one) => name === one || name.startsWith(`${one}.`))) {
      expect([name, answer]).toEqual([name, '404 {"code":"not_found","detail":"No such path"}']);
    } else if (REFUSED.includes(name)) {
      expect([name, answer]).toEqual([
        name,
        expect.stringMatching(/^403 .*"detail":"The token lacks the right/),
      ]);
    } else {
      expect([name, answer]).toEqual([name, 'answered']);
    }
  }
});

/** The methods that send a request, of the client and of the objects behind its getters. */
function* methodsOf(part: object, prefix = ''): Generator<Method> {
  const prototype = Object.getPrototypeOf(part) as object;
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const member = (part as Readonly<Record<string, unknown>>)[name];
    if (name === 'constructor' || member === null) continue;
    if (typeof member === 'object') yield* methodsOf(member, `${prefix}${name}.`);
    if (typeof member !== 'function') continue;
    const text = String(member);
    const [, path] = /new SvixRequest\("\w+", "([^"]+)"/.exec(text) ?? [];
    if (path === undefined) continue;
    const [, parameters = ''] = /\(([^)]*)\)/.exec(text) ?? [];
    yield {
      name: `${prefix}${name}`,
      run: (...given) => (member as Method['run']).apply(part, given),
      parameters: parameters.split(/, */).filter((parameter) => parameter !== ''),
      body: /setBody\((\w+)Serializer/.exec(text)?.[1],
      path,
    };
  }
}

/** The place of a method in the order of calls: those that end what others need come last. */
function rank(name: string): number {
  if (!/delete|expunge|expire|upsert/i.test(name)) return 0;
  return (
    ['upsert', 'Content', 'endpoint.delete', 'eventType.delete', 'application.delete'].findIndex(
      (end) => name.endsWith(end),
    ) + 2
  );
}
