import * as v2 from 'svix';
import * as v184 from 'svix-1.84';
import * as v199 from 'svix-1.99';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXAMPLES } from '../../src/http/openapi/examples.ts';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { type HttpApp, startHttpApp } from '../support/http-app.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * Calls every method of the official client library with all its options. Methods and options are found by
 * reflection, so that those of a new version are included. Each must be answered in a form
 * that the library can read, or be one of those that docs/migrating-from-svix.md lists as missing.
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

/** A method that changes nothing, and says when it was called. */
const READS = 'environment.export';

interface Method {
  readonly name: string;
  readonly run: (...given: unknown[]) => Promise<unknown>;
  readonly parameters: readonly string[];
  /** Names of its options. */
  readonly options: readonly string[];
  /** The name of the body's schema in the description of the API. */
  readonly body: string | undefined;
  readonly path: string;
}

describe.each([
  ['1.84', v184],
  ['1.99', v199],
  ['2', v2],
])('svix %s', (_version, { Svix, ApiException }) => {
  let app: HttpApp;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await startReceiver();
    app = await startHttpApp({ retrySchedule: '' });
  });
  afterAll(async () => {
    await app.close();
    await receiver.close();
  });

  it('has methods that are all answered with all their options, or documented as missing', async () => {
    const svix = new Svix(app.token, { serverUrl: app.url });
    const argument = await argumentsFor(app, receiver);
    const methods = [...methodsOf(svix)].toSorted((a, b) => rank(a.name) - rank(b.name));
    expect(methods.length).toBeGreaterThan(120);

    async function outcomeOf(method: Method, options: object): Promise<Outcome> {
      const given = method.parameters.map((name) =>
        name === 'options' ? options : argument(method, name),
      );
      try {
        return { value: await method.run(...given) };
      } catch (error) {
        if (!(error instanceof ApiException)) throw error;
        return { refused: `${error.code} ${JSON.stringify(error.body)}` };
      }
    }

    for (const method of methods) {
      const { name } = method;
      const options = Object.fromEntries(
        method.options.map((option) => [option, valueOf(method, option)]),
      );
      const outcome = await outcomeOf(method, options);
      if (NOT_THERE.some((one) => name === one || name.startsWith(`${one}.`))) {
        const refused = '404 {"code":"not_found","detail":"No such path"}';
        expect({ name, ...outcome }).toEqual({ name, refused });
      } else if (REFUSED.includes(name)) {
        const refused = expect.stringMatching(/^403 .*"detail":"The token lacks the right/);
        expect({ name, ...outcome }).toEqual({ name, refused });
      } else {
        expect({ name, ...outcome }).not.toHaveProperty('refused');
        // A call with an idempotency key can be repeated, although its object exists by now.
        if (!('idempotencyKey' in options) || name === READS) continue;
        expect({ name, ...(await outcomeOf(method, options)) }).toEqual({ name, ...outcome });
      }
    }
  });
});

type Outcome = { readonly value: unknown } | { readonly refused: string };

/** Makes the objects that the methods need. Returns the value of each parameter. */
async function argumentsFor(app: HttpApp, { url }: Receiver) {
  const svix = new v2.Svix(app.token, { serverUrl: app.url });
  const owner = { organizationId: DEFAULT_ORGANIZATION };
  await svix.application.create({ name: 'A', uid: 'a' });
  await svix.eventType.create({ name: 'invoice.paid', description: '' });
  const endpoint = await svix.endpoint.create('a', { url, uid: 'e' });
  const operational = await svix.operationalWebhook.endpoint.create({ url });
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
  };
  const bodies: Readonly<Record<string, unknown>> = {
    ...EXAMPLES,
    AppUsageStatsIn: { since, until: new Date() },
    ApplicationIn: { name: 'A' },
    BulkReplayIn: { since },
    EndpointIn: { url },
    EndpointUpdate: { url },
    EndpointUpsertIn: { url },
    EventTypeIn: { name: 'other', description: '' },
    EventTypeUpsertIn: { description: '' },
    OperationalWebhookEndpointIn: { url },
    OperationalWebhookEndpointHeadersIn: { headers: {} },
    OperationalWebhookEndpointUpdate: { url },
    OperationalWebhookEndpointUpsertIn: { url },
    RecoverIn: { since },
    ReplayIn: { since },
    // The library needs a list in this body.
    CreateStreamEventsIn: { events: [] },
  };
  return ({ path, body }: Method, parameter: string): unknown => {
    if (parameter === 'endpointId' && path.includes('operational')) return operational.id;
    if (parameter in named) return named[parameter];
    return bodies[body ?? ''] ?? (body === undefined ? 'x' : {});
  };
}

let keyCount = 0;

/** A value for each option that the library has. */
function valueOf({ path }: Method, option: string): unknown {
  switch (option) {
    case 'after':
    case 'since':
      return new Date(Date.now() - 3_600_000);
    case 'before':
    case 'until':
      return new Date();
    case 'channel':
    case 'tag':
      return 'eu';
    case 'endpointId':
      return 'e';
    case 'eventTypes':
      return ['invoice.paid', 'invoice.sent'];
    // Refused unless it is false.
    case 'excludeAppsWithDisabledEndpoints':
    case 'excludeAppsWithNoEndpoints':
      return false;
    case 'excludeAppsWithSvixPlayEndpoints':
    case 'expandedStatuses':
    case 'includeArchived':
    case 'withContent':
    case 'withMsg':
      return true;
    // Deleting for good has its own test.
    case 'expunge':
      return false;
    case 'idempotencyKey':
      return `key ${++keyCount}`;
    case 'limit':
      return 2;
    case 'order':
      return 'descending';
    case 'status':
      return path.endsWith('/background-task') ? 'running' : 0;
    case 'statusCodeClass':
      return 200;
    case 'task':
      return 'endpoint.recover';
    // The iterators of lists have their own tests.
    case 'iterator':
      return undefined;
    default:
      if (/connector|poller/.test(path)) return undefined;
      throw new Error(`there is no value for the option ${option} of ${path}`);
  }
}

/**
 * The methods that send a request, of the client and of the objects behind its getters. An object with two getters
 * comes once.
 */
function* methodsOf(part: object, prefix = '', known = new Set<object>()): Generator<Method> {
  const prototype = Object.getPrototypeOf(part) as object;
  if (known.has(prototype)) return;
  known.add(prototype);
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const member = (part as Readonly<Record<string, unknown>>)[name];
    if (name === 'constructor' || member === null) continue;
    if (typeof member === 'object') yield* methodsOf(member, `${prefix}${name}.`, known);
    if (typeof member !== 'function') continue;
    const text = String(member);
    const [, path] = /new (?:\w+\.)?SvixRequest\([\w."]+, "([^"]+)"/.exec(text) ?? [];
    if (path === undefined) continue;
    const [, parameters = ''] = /\(([^)]*)\)/.exec(text) ?? [];
    yield {
      name: `${prefix}${name}`,
      run: (...given) => (member as Method['run']).apply(part, given),
      parameters: parameters.split(/, */).filter((parameter) => parameter !== ''),
      options: [...new Set(Array.from(text.matchAll(/options\??\.(\w+)/g), ([, one = '']) => one))],
      body: /setBody\((?:\w+\.)?(\w+)Serializer/.exec(text)?.[1],
      path,
    };
  }
}

/** The place of a method in the order of calls: those that end what others need come last. */
function rank(name: string): number {
  if (!/delete|expunge|expire|upsert|update$/i.test(name)) return 0;
  const ends = [/(?:upsert|update)$/, /Content$/, /endpoint.delete$/i, /eventType.delete$/];
  return [...ends, /application.delete$/].findIndex((end) => end.test(name)) + 2;
}
