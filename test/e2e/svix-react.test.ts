import { Window } from 'happy-dom';
import { createElement, type ReactNode } from 'react';
import { Svix } from 'svix-1.99';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { type HttpApp, startHttpApp } from '../support/http-app.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * Every hook of Svix's published React package, with a portal token on a page of another origin. The hooks call
 * methods that `svix` renamed in 2.0, so they get the last 1.x.
 */
vi.mock('svix', () => import('svix-1.99'));

const ORIGIN = 'http://shop.example';
const page = new Window({ url: ORIGIN });
vi.stubGlobal('window', page);
vi.stubGlobal('document', page.document);
// These modules need a page when they are loaded.
const { createRoot } = await import('react-dom/client');
const { flushSync } = await import('react-dom');
const svixReact = await import('svix-react');
const {
  AppPortal,
  SvixProvider,
  useAttemptFunctions,
  useAttemptedMessages,
  useEndpoint,
  useEndpointFunctions,
  useEndpointHeaders,
  useEndpointMessageAttempts,
  useEndpointSecret,
  useEndpointStats,
  useEndpoints,
  useEventTypes,
  useMessage,
  useMessageAttempts,
  useMessageEndpoints,
  useMessages,
  useNewEndpoint,
  useSvix,
} = svixReact;

let app: HttpApp;
let svix: Svix;
let receiver: Receiver;
let appId: string;
let portal: { url: string; token: string };
/** Message ids in the order of publication; the first message failed at `failing`. */
let messages: string[];
let endpoint: string;
let failing: string;
let isMended = false;

/** The status of a failed delivery until its next attempt. */
const SENDING = 3;
const EVENT_TYPES = ['call.ended', 'call.missed', 'call.new'];
const BEFORE_ALL = new Date(Date.now() - 3_600_000);

beforeAll(async () => {
  app = await startHttpApp({ corsOrigins: ORIGIN, retrySchedule: '3600' });
  svix = new Svix(app.token, { serverUrl: app.url });
  receiver = await startReceiver();
  receiver.answer = ({ path }, response) =>
    response.writeHead(path === '/failing' && !isMended ? 500 : 200).end();
  for (const name of EVENT_TYPES) {
    await svix.eventType.create({ name, description: name, schemas: { 1: { type: 'object' } } });
  }
  appId = (await svix.application.create({ name: 'Acme' })).id;
  portal = await svix.authentication.appPortalAccess(appId, {});
  endpoint = await newEndpoint('all');
  failing = await newEndpoint('failing', { filterTypes: ['call.missed'] });
  messages = [
    await publish({ eventType: 'call.missed', tags: ['night'], channels: ['desk-1'] }),
    await publish({ eventType: 'call.new' }),
    await publish({ eventType: 'call.new' }),
  ];
  await waitFor(async () => {
    const { data } = await svix.messageAttempt.listByEndpoint(appId, endpoint);
    const failed = await svix.messageAttempt.listByEndpoint(appId, failing);
    return data.length === 3 && failed.data.length === 1;
  }, 'the attempts');
});
afterAll(async () => {
  await receiver.close();
  await app.close();
  await page.happyDOM.close();
  vi.unstubAllGlobals();
});

const newEndpoint = async (path: string, body: object = {}) =>
  (await svix.endpoint.create(appId, { url: `${receiver.url}${path}`, ...body })).id;

const publish = async (body: { eventType: string; tags?: string[]; channels?: string[] }) =>
  (await svix.message.create(appId, { payload: { n: 1 }, ...body })).id;

/** Renders the hook under the provider; the returned function gives its present value. */
function use<T>(hook: () => T): () => T {
  let answer: T | undefined;
  function Caller() {
    answer = hook();
    return null;
  }
  const { token } = portal;
  const options = { serverUrl: app.url, fetch: sameOriginPolicy };
  show(createElement(SvixProvider, { appId, token, options, children: createElement(Caller) }));
  return () => answer as T;
}

const sameOriginPolicy = page.fetch.bind(page) as unknown as typeof fetch;

function show(content: ReactNode) {
  const container = page.document.body.appendChild(page.document.createElement('div'));
  const root = createRoot(container);
  onTestFinished(() => flushSync(() => root.unmount()));
  flushSync(() => root.render(content));
  return container;
}

interface Read<T> {
  readonly data: T | undefined;
  readonly loading: boolean;
  readonly error: Error | undefined;
}

/** Waits until `check` holds for the data of the hook, and returns them; rejects with the hook's error. */
function read<T>(hook: () => Read<T>, check: (data: T) => boolean = () => true): Promise<T> {
  return waitFor(() => {
    const { data, loading, error } = hook();
    if (error) throw error;
    return data !== undefined && !loading && check(data) && data;
  });
}

const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

it('every hook is used here', () => {
  expect(Object.keys(svixReact).toSorted()).toEqual([
    'AppPortal',
    'SvixProvider',
    'useAttemptFunctions',
    'useAttemptedMessages',
    'useEndpoint',
    'useEndpointFunctions',
    'useEndpointHeaders',
    'useEndpointMessageAttempts',
    'useEndpointSecret',
    'useEndpointStats',
    'useEndpoints',
    'useEventTypes',
    'useMessage',
    'useMessageAttempts',
    'useMessageEndpoints',
    'useMessages',
    'useNewEndpoint',
    'useSvix',
  ]);
});

it('useSvix', async () => {
  const { svix: own, appId: id } = use(useSvix)();
  expect(id).toBe(appId);
  expect(await own.application.get(id)).toMatchObject({ id, name: 'Acme' });
});

it('useEndpoints, page by page and back', async () => {
  const newest = await newEndpoint('newest', { disabled: true });
  const list = use(() => useEndpoints({ limit: 2 }));
  const first = ids(await read(list));
  expect(first).toEqual([newest, failing]);
  expect(list()).toMatchObject({ hasPrevPage: false, hasNextPage: true });
  list().nextPage();
  const second = await read(list, (data) => ids(data)[0] !== first[0]);
  expect(second).toMatchObject([{ id: endpoint, url: `${receiver.url}all`, disabled: false }]);
  expect(list()).toMatchObject({ hasPrevPage: true, hasNextPage: false });
  list().prevPage();
  expect(ids(await read(list, (data) => data.length === 2))).toEqual(first);
});

it('useEventTypes, with their schemas', async () => {
  const list = use(() => useEventTypes());
  const types = await read(list);
  expect(types.map(({ name }) => name).toSorted()).toEqual(EVENT_TYPES);
  expect(types[0]).toMatchObject({ schemas: { 1: { type: 'object' } } });
});

it('useNewEndpoint, useEndpoint and useEndpointFunctions: an endpoint is created, changed and deleted', async () => {
  const form = use(() => useNewEndpoint());
  flushSync(() => {
    form().url.setValue(`${receiver.url}made`);
    form().description.setValue('Made by a hook');
    form().eventTypes.setValue(['call.new']);
    form().rateLimitPerSecond.setValue(5);
  });
  const { endpoint: made, error } = await form().createEndpoint();
  expect(error).toBeUndefined();
  const id = made?.id ?? '';

  const one = use(() => useEndpoint(id));
  const expected = { id, url: `${receiver.url}made`, description: 'Made by a hook', rateLimit: 5 };
  expect(await read(one)).toMatchObject({ ...expected, filterTypes: ['call.new'], version: 1 });

  const functions = use(() => useEndpointFunctions(id));
  await functions().updateEndpoint({ url: `${receiver.url}changed`, disabled: true });
  one().reload();
  const changed = await read(one, ({ disabled }) => disabled === true);
  expect(changed).toMatchObject({ url: `${receiver.url}changed`, description: '' });

  await functions().deleteEndpoint();
  one().reload();
  const gone = await waitFor(() => one().error);
  expect(gone).toMatchObject({ code: 404, body: { code: 'not_found' } });
});

it('useEndpointSecret, read and rotated', async () => {
  const id = await newEndpoint('secret');
  const secret = use(() => useEndpointSecret(id));
  const { key } = await read(secret);
  expect(key).toMatch(/^whsec_/);
  await secret().rotateSecret({});
  const rotated = await read(secret, (data) => data.key !== key);
  await secret().rotateSecret({ key });
  expect(await read(secret, (data) => data.key !== rotated.key)).toEqual({ key });
});

it('useEndpointHeaders, replaced and patched', async () => {
  const id = await newEndpoint('headers');
  const list = use(() => useEndpointHeaders(id));
  expect(await read(list)).toEqual({ headers: {}, sensitive: [] });
  await list().updateEndpointHeaders({
    headers: { 'X-Desk': '1', Authorization: 'Bearer hidden' },
  });
  expect(await read(list, ({ sensitive }) => sensitive.length > 0)).toEqual({
    headers: { 'X-Desk': '1' },
    sensitive: ['Authorization'],
  });
  await list().patchEndpointHeaders({ headers: { 'X-Line': '2' }, deleteHeaders: ['X-Desk'] });
  const patched = await read(list, ({ headers }) => headers['X-Line'] === '2');
  expect(patched.headers).toEqual({ 'X-Line': '2' });
});

it('useMessages, page by page, filtered, and useMessage', async () => {
  const list = use(() => useMessages({ limit: 2 }));
  expect(ids(await read(list))).toEqual([messages[2], messages[1]]);
  list().nextPage();
  expect(ids(await read(list, (data) => data.length === 1))).toEqual([messages[0]]);
  expect(list()).toMatchObject({ hasPrevPage: true, hasNextPage: false });

  const eventTypes = await read(use(() => useEventTypes()));
  const missed = eventTypes.filter(({ name }) => name === 'call.missed');
  const withContent = false;
  for (const filter of [{ eventTypes: missed }, { tag: 'night' }, { channel: 'desk-1' }]) {
    const filtered = use(() => useMessages({ ...filter, after: BEFORE_ALL, withContent }));
    expect(await read(filtered)).toMatchObject([{ id: messages[0], payload: {} }]);
  }
  expect(await read(use(() => useMessages({ before: BEFORE_ALL })))).toEqual([]);

  const message = await read(use(() => useMessage(messages[0] ?? '')));
  expect(message).toMatchObject({ id: messages[0], eventType: 'call.missed', payload: { n: 1 } });
});

it('useEndpointMessageAttempts and useAttemptedMessages, filtered', async () => {
  const attempts = use(() => useEndpointMessageAttempts(endpoint, { limit: 2, withMsg: true }));
  const first = await read(attempts);
  expect(first.map(({ msgId }) => msgId)).toEqual([messages[2], messages[1]]);
  expect(first[0]).toMatchObject({ status: 0, responseStatusCode: 200, msg: { id: messages[2] } });
  attempts().nextPage();
  expect(await read(attempts, (data) => data.length === 1)).toMatchObject([
    { msgId: messages[0], endpointId: endpoint },
  ]);

  const filter = { status: 2, statusCodeClass: 500, channel: 'desk-1', withContent: true } as const;
  expect(await read(use(() => useEndpointMessageAttempts(failing, filter)))).toMatchObject([
    { msgId: messages[0], status: 2, responseStatusCode: 500 },
  ]);
  const waiting = await read(use(() => useAttemptedMessages(failing, { status: SENDING })));
  expect(waiting).toMatchObject([
    { id: messages[0], status: SENDING, nextAttempt: expect.any(Date) },
  ]);
  const wereSent = use(() => useAttemptedMessages(endpoint, { after: BEFORE_ALL, limit: 250 }));
  expect(ids(await read(wereSent))).toEqual(messages.toReversed());
});

it('useMessageEndpoints and useMessageAttempts', async () => {
  const id = messages[0] ?? '';
  const endpoints = await read(use(() => useMessageEndpoints(id)));
  expect(Object.fromEntries(endpoints.map((one) => [one.id, one.status]))).toEqual({
    [endpoint]: 0,
    [failing]: SENDING,
  });
  const attempts = await read(use(() => useMessageAttempts(id, { status: 2 })));
  expect(attempts).toMatchObject([
    { msgId: id, endpointId: failing, url: `${receiver.url}failing` },
  ]);
});

it('useEndpointStats, useAttemptFunctions and recoverEndpointMessages: failed messages are sent again', async () => {
  const stats = use(() => useEndpointStats(failing));
  expect(await read(stats)).toMatchObject({ success: 0, fail: 1 });
  isMended = true;
  const attempts = await read(use(() => useEndpointMessageAttempts(failing)));
  const attempt = attempts.at(-1);
  if (!attempt) throw new Error('there is an attempt');
  await use(() => useAttemptFunctions(attempt))().resendAttempt();
  await waitFor(async () => {
    stats().reload();
    return (await read(stats)).success === 1;
  }, 'the resent message');
  const { recoverEndpointMessages } = use(() => useEndpointFunctions(failing))();
  expect(await recoverEndpointMessages({ since: BEFORE_ALL })).toMatchObject({
    id: expect.stringMatching(/^qtask_/),
    task: 'endpoint.recover',
  });
});

it('AppPortal shows the link in a frame', () => {
  const { url } = portal;
  const look = { darkMode: true, primaryColor: '28bb93', fontFamily: 'Inter' };
  const portalFrame = createElement(AppPortal, { url, ...look });
  show(portalFrame);
  const frame = page.document.querySelector('iframe');
  expect(frame?.getAttribute('src')).toBe(
    url.replace('#', '?darkMode=true&fontFamily=Inter&primaryColor=28bb93#'),
  );
});
