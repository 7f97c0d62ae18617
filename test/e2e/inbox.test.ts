import { rmSync } from 'node:fs';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type App, createApp } from '../../src/app/app.ts';
import { configFrom } from '../../src/config/config.ts';
import { newFolder } from '../support/app.ts';
import { describeWithChromium } from '../support/browser.ts';
import { testBackends } from '../support/test-backends.ts';
import { waitFor } from '../support/wait-for.ts';

/** The inbox of `dev`. */

let folder: string;
let app: App;
let address: string;
let url: string;

beforeAll(async () => {
  folder = newFolder();
  const config = configFrom({
    ...(await testBackends(folder)),
    port: '0',
    jwtSecret: 'a secret of at least thirty-two bytes',
    allowNetworks: '127.0.0.0/8',
    retrySchedule: '3600',
  });
  app = createApp(config, { log: pino({ level: 'silent' }), withInbox: true });
  const started = await app.start();
  address = started.address ?? '';
  url = `${address}${app.inboxPath}`;
});
afterAll(async () => {
  await app.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Received {
  readonly count: number;
  readonly received: readonly { readonly isValid: boolean; readonly detail: string }[];
}

const received = async () => (await (await fetch(`${url}/received`)).json()) as Received;
const page = async () => (await fetch(url)).text();
const form = (path: string, values: Record<string, string> = {}) =>
  fetch(`${url}/${path}`, { method: 'POST', body: new URLSearchParams(values) });

test('one click leads from nothing to a verified delivery on the page', async () => {
  expect(await page()).toContain('Nothing has arrived yet');
  const shown = await form('try');
  expect([shown.status, shown.redirected, shown.url]).toEqual([200, true, url]);
  await waitFor(async () => (await received()).count === 1, 'the delivery');
  expect(await page()).toMatch(/#1 <code>msg_\w+<\/code>.*\n.*signature valid.*answered 204/);
  await form('try');
  await waitFor(async () => (await received()).count === 2, 'the second delivery');
  const owner = { organizationId: 'org_23rb8YdGqMT0qIzpgGwdXfHirMu' };
  expect((await app.operations.endpoints.list(owner, 'inbox')).data).toHaveLength(1);
});

test('answers as chosen on the page', async () => {
  await form('answer', { status: '503', body: 'busy' });
  const answer = await fetch(url, { method: 'POST', body: '{}' });
  expect([answer.status, await answer.text()]).toEqual([503, 'busy']);
  expect((await form('answer', { status: '99' })).status).toBe(422);
  await form('clear');
  expect((await received()).received).toEqual([]);
});

test('says why a signature is invalid, and shows foreign content as text', async () => {
  const hostile = '<script>alert(1)</script>';
  await fetch(url, { method: 'POST', body: hostile, headers: { 'x-hostile': hostile } });
  const [first] = (await received()).received;
  expect(first).toMatchObject({ isValid: false });
  expect(first?.detail).toMatch(/webhook-id, webhook-timestamp, webhook-signature are missing/);
  const html = await page();
  expect(html).not.toContain(hostile);
  expect(html.match(/&#60;script&#62;/g)).toHaveLength(2);
});

test('allows only its own script, and no frame around it', async () => {
  const { headers } = await fetch(url);
  expect(headers.get('content-security-policy')).toMatch(
    /default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/,
  );
  for (const file of ['inbox.js', 'inbox.css']) {
    expect((await fetch(`${address}/inbox/${file}`)).status).toBe(200);
  }
  expect(await page()).not.toMatch(/<script>|style=|onclick/);
});

test('keeps at most 100 requests, and is found only by its id', async () => {
  await form('answer', { status: '204' });
  for (let index = 0; index < 105; index++) await fetch(url, { method: 'POST', body: 'x' });
  expect((await received()).received).toHaveLength(100);
  expect((await fetch(`${address}/inbox/other`)).status).toBe(404);
  expect((await fetch(`${address}/inbox/other/try`, { method: 'POST' })).status).toBe(404);
});

describeWithChromium('the page', (browser) => {
  test('shows new requests, but not while somebody reads headers or types', async () => {
    const inbox = await browser().newPage();
    onTestFinished(() => inbox.close());
    const send = (body: string) => fetch(url, { method: 'POST', body });
    const more = inbox.getByText('1 more arrived');
    await inbox.goto(url);
    await send('first');
    await inbox.getByText('first', { exact: true }).waitFor();

    const headers = inbox.locator('summary').first();
    await headers.click();
    await send('second');
    await more.waitFor();
    await headers.click();
    await inbox.getByText('second', { exact: true }).waitFor();

    const body = inbox.getByPlaceholder('no body');
    await body.fill('half an answ');
    await send('third');
    await more.waitFor();
    expect(await body.inputValue()).toBe('half an answ');
    await body.blur();
    await inbox.getByText('third', { exact: true }).waitFor();
  });
});
