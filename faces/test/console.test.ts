import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithChromium } from '../../test/support/browser.ts';
import { type Receiver, startReceiver } from '../../test/support/receiver.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { follow } from './follow.ts';
import { createLook } from './look.ts';
import { type Installation, openPage, startInstallation } from './start.ts';

interface Made {
  readonly id: string;
}

const HOSTILE = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>';

describeWithChromium('the console', (browser) => {
  let server: Installation;
  let receiver: Receiver;
  /** Answers 500 until it is mended. */
  let failing: Receiver;
  let isMended = false;
  let app: string;
  let good: string;
  let bad: string;
  let message: string;

  beforeAll(async () => {
    server = await startInstallation();
    receiver = await startReceiver();
    failing = await startReceiver();
    failing.answer = (_request, response) =>
      response.writeHead(isMended ? 200 : 500, { 'content-type': 'text/plain' }).end(HOSTILE);
    ({ id: app } = await server.api<Made>('POST', '/app', { name: HOSTILE, uid: 'acme' }));
    await server.api('POST', '/event-type', { name: 'invoice.paid', description: HOSTILE });
    ({ id: good } = await server.api<Made>('POST', `/app/${app}/endpoint`, {
      url: receiver.url,
      description: HOSTILE,
    }));
    ({ id: bad } = await server.api<Made>('POST', `/app/${app}/endpoint`, {
      url: failing.url,
      policy: { retrySchedule: [], disableAfter: null },
    }));
    await server.api('POST', `/app/${app}/endpoint`, {
      url: `${receiver.url}refunds`,
      filter: { path: '/refund', exists: true },
    });
    ({ id: message } = await server.api<Made>('POST', `/app/${app}/msg`, {
      eventType: 'invoice.paid',
      eventId: 'evt-1',
      tags: ['vip'],
      payload: { note: HOSTILE },
    }));
    await server.api('POST', `/app/${app}/endpoint/${good}/cancel-msgs`, {
      createdBefore: new Date(0).toISOString(),
    });
    await waitFor(() => receiver.received.length > 0 && failing.received.length > 0, 'attempts');
  });
  afterAll(async () => {
    await server.stop();
    await receiver.close();
    await failing.close();
  });

  const open = (path: string, options?: BrowserContextOptions) =>
    openPage(browser(), server.url + path, options);

  async function confirm(page: Page, title: string, sure = title) {
    await page.getByRole('button', { name: title, exact: true }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: new RegExp(`^${sure}( \\(\\d+\\))?$`) })
      .click();
  }

  test('tells on its first page what fails, and leads to its repair', async () => {
    const { page, faults } = await open('/');
    const trouble = page.getByRole('region', { name: 'Endpoints in trouble' });
    await trouble.getByText(/^Failing for/).waitFor();
    await page.getByRole('region', { name: 'Waiting' }).getByText('0', { exact: true }).waitFor();
    await page.getByRole('table', { name: 'Processes' }).getByText('Alive').waitFor();
    const history = page.getByRole('region', { name: 'Attempts over time' });
    await history.getByText('1 h', { exact: true }).click();
    await history.getByText('Accepted', { exact: true }).click();
    await history.getByText(/^\d+ messages? accepted, [\d.]+ a second\.$/).waitFor();
    await history.getByText('Delivery time', { exact: true }).click();
    await history.getByText(/^(From accept to arrival: p50|Nothing arrived)/).waitFor();
    await history.getByText('As a table').click();
    await history.getByRole('columnheader', { name: 'p95' }).waitFor();
    expect(await history.getByRole('row').count()).toBe(13);
    expect(new URL(page.url()).search).toBe('?period=1+h&chart=Delivery+time');
    await trouble.getByRole('link', { name: failing.url }).click();
    await page.getByRole('heading', { name: 'Recover failed messages' }).waitFor();
    expect(page.url()).toContain(`/endpoints/${bad}?tab=repair`);
    expect(faults).toEqual([]);
  });

  test('finds a message by its event id, and tells what became of it', async () => {
    const { page, faults } = await open('/');
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Search and commands' }).fill('evt-1');
    await page.getByRole('option', { name: 'Find message evt-1' }).click();
    await page.getByRole('heading', { name: `Message ${message}` }).waitFor();
    const delivered = page.getByRole('region', { name: `Delivery to ${receiver.url}` });
    await delivered.getByText(/Attempt 1 succeeded after/).waitFor();
    const failed = page.getByRole('region', { name: `Delivery to ${failing.url}` });
    await failed.getByText(/Attempt 1 failed after .*: answered 500\./).waitFor();
    await failed.getByText('No attempts are left').waitFor();
    await failed.getByRole('button', { name: 'Details of attempt 1' }).click();
    await failed.getByText(HOSTILE).waitFor();
    const request = failed.getByRole('region', { name: 'Request headers' });
    await request.getByText(`webhook-id: ${message}`).waitFor();
    await failed.getByText('First byte after').waitFor();
    await failed.getByRole('region', { name: 'Response headers' }).waitFor();
    const others = page.getByRole('region', { name: 'Endpoints that do not get this message' });
    await others.getByRole('link', { name: `${receiver.url}refunds` }).waitFor();
    await others.getByText('/refund must exist, and does not exist.').waitFor();
    expect(await page.evaluate('window.ran')).toBeUndefined();
    expect(faults).toEqual([]);
  });

  test('recovers what failed: the count first, then the progress, then the outcome', async () => {
    isMended = true;
    const { page, faults } = await open(`/applications/acme/endpoints/${bad}?tab=repair`);
    const before = failing.received.length;
    await page.getByRole('button', { name: 'Recover', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('1 delivery', { exact: true }).waitFor();
    expect(failing.received.length).toBe(before);
    await dialog.getByRole('button', { name: 'Recover (1)' }).click();
    await page.getByText('The recovery has begun').waitFor();
    const task = page.getByRole('row', { name: /Recover failed messages/ });
    await task.getByText('Finished').waitFor();
    await task.getByText('1 changed,').waitFor();
    await waitFor(() => failing.received.length > before, 'the message');
    expect(faults).toEqual([]);
  });

  test('makes an endpoint, sees an example arrive, and says what was wrong before', async () => {
    const { page } = await open('/applications/acme');
    const activity = page.getByRole('region', { name: 'Activity' });
    await activity
      .getByRole('region', { name: 'Accepted' })
      .getByText('messages, in 24 h')
      .waitFor();
    await activity.getByRole('region', { name: 'Attempts by event type' }).waitFor();
    const heard = receiver.received.length;
    await page.getByRole('button', { name: 'New endpoint' }).click();
    const form = page.getByRole('dialog', { name: 'New endpoint' });
    await form.getByLabel('URL').fill('http://169.254.169.254/');
    await form.getByRole('button', { name: 'Create the endpoint' }).click();
    await form.getByRole('alert').waitFor();
    await form.getByLabel('URL').fill(`${receiver.url}second`);
    await form.getByRole('button', { name: 'Create the endpoint' }).click();
    await page.getByRole('heading', { name: `${receiver.url}second` }).waitFor();
    await page.getByRole('button', { name: 'Send an example' }).click();
    await page.getByRole('button', { name: 'Send and show it' }).click();
    await page.getByText('Delivered.').waitFor();
    expect(receiver.received.length).toBe(heard + 1);
  });

  test('changes filters after a try on recent messages', async () => {
    const { page, faults } = await open(`/applications/acme/endpoints/${good}?tab=filters`);
    await page.getByLabel('Payload filter').fill('{"path": "/note", "equal": "other"}');
    await page.getByRole('button', { name: 'Test on recent messages' }).click();
    await page.getByText(/^0 of the last \d+ messages? match/).waitFor();
    await page.getByLabel('Payload filter').fill('{');
    await page.getByRole('button', { name: 'Save the filters' }).click();
    await page
      .getByText(/is not valid JSON/)
      .first()
      .waitFor();
    await page.getByLabel('Payload filter').fill('{"path": "/note", "exists": true}');
    await page.getByRole('button', { name: 'Test on recent messages' }).click();
    await page.getByText('Matches').first().waitFor();
    await page.getByRole('button', { name: 'Save the filters' }).click();
    await page.getByText('The filters are saved').waitFor();
    const saved = await server.api<{ filter: unknown }>('GET', `/app/acme/endpoint/${good}`);
    expect(saved.filter).toEqual({ path: '/note', exists: true });
    expect(faults).toEqual([]);
  });

  test('pauses and resumes, shows and rotates the secret, and says what each will do', async () => {
    const { page, faults } = await open(`/applications/acme/endpoints/${good}?tab=secret`);
    await confirm(page, 'Pause');
    await page.getByText('Paused: new messages wait').waitFor();
    await confirm(page, 'Resume');
    await page.getByText('On', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Show the secret' }).click();
    const secret = page.getByRole('region', { name: 'Signing secret' });
    const first = await secret.textContent();
    expect(first).toMatch(/^whsec_/);
    await confirm(page, 'Rotate the secret');
    await waitFor(async () => (await secret.textContent()) !== first, 'another secret');
    expect(faults).toEqual([]);
  });

  test('follows new messages live, filters them, and keeps both in the address', async () => {
    const { page, faults } = await open('/messages?app=acme&live=1');
    await page.getByRole('link', { name: message }).waitFor();
    const { id } = await server.api<Made>('POST', '/app/acme/msg', {
      eventType: 'invoice.failed',
      payload: {},
    });
    await page.getByRole('link', { name: id }).waitFor();
    await page.getByLabel('Tag').fill('vip');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: id }).waitFor({ state: 'detached' });
    // Whoever types goes on from there.
    expect(await page.evaluate('document.activeElement?.tagName')).toBe('INPUT');
    await page.getByRole('link', { name: message }).waitFor();
    expect(new URL(page.url()).search).toBe('?app=acme&live=1&tag=vip');
    expect(faults).toEqual([]);
  });

  test('closes a panel on a phone, however long its name is', async () => {
    const name = `long.${'n'.repeat(200)}`;
    await server.api('POST', '/event-type', { name, description: '' });
    const viewport = { width: 360, height: 740 };
    const { page } = await open(`/event-types?name=${name}`, { viewport, reducedMotion: 'reduce' });
    const close = page.getByRole('dialog').getByRole('button', { name: 'Close' });
    const { x, width } = (await close.boundingBox()) ?? { x: NaN, width: NaN };
    expect(x + width).toBeLessThanOrEqual(viewport.width);
    await close.click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await server.api('DELETE', `/event-type/${name}?expunge=true`);
  });

  test('goes on by itself when the server is back', async () => {
    const { page } = await open('/applications/acme/messages/evt-1');
    await page.getByText('Attempt 1 succeeded').waitFor();
    const away = (route: Route) => route.abort();
    for (const path of ['/applications', '/']) {
      await page.route('**/api/**', away);
      // The overview is opened anew: who is signed in is not known then, either.
      if (path === '/') await page.goto(server.url + path);
      else await page.getByRole('link', { name: 'Applications' }).first().click();
      await page.getByText('The server cannot be reached').first().waitFor();
      await page.unroute('**/api/**', away);
      await page.getByText('The server cannot be reached').first().waitFor({ state: 'detached' });
    }
    await page.getByRole('region', { name: 'Endpoints in trouble' }).waitFor();
  });

  test('says what did not load, and loads again', async () => {
    const { page } = await open('/');
    await page.getByRole('region', { name: 'Endpoints in trouble' }).waitFor();
    const refuse = (route: Route) => route.abort();
    await page.route('**/*', refuse);
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByText('This page cannot be shown').waitFor();
    await page.getByText('The server cannot be reached').waitFor();
    await page.unroute('**/*', refuse);
    await page.getByRole('button', { name: 'Load again' }).click();
    await page.getByLabel('Operation').waitFor();
  });

  test('makes a key that is shown once, and revokes it', async () => {
    const { page } = await open('/api-keys');
    await page.getByRole('button', { name: 'New API key' }).click();
    await page.getByLabel('Name').fill('CI');
    await page.getByRole('button', { name: 'Create the key' }).click();
    const key = await page.getByRole('region', { name: 'API key' }).textContent();
    const asKey = () =>
      fetch(`${server.url}/api/v1/app`, { headers: { authorization: `Bearer ${key}` } });
    expect((await asKey()).status).toBe(200);
    await page.getByRole('button', { name: 'I have copied the key' }).click();
    await confirm(page, 'Revoke');
    await page.getByText('CI is revoked').waitFor();
    expect((await asKey()).status).toBe(401);
    await page.getByRole('cell', { name: 'revoked or expired' }).waitFor();
    await page.goto(`${server.url}/audit`);
    await page.getByText('apiKeys.expire').first().waitFor();
  });

  // With FACES_PICTURES=true they are kept as the pictures of docs/console.md.
  test('is as the pictures in its documentation show', async () => {
    await server.api('POST', '/app', { name: 'Globex', uid: 'globex' });
    const { id: refusing } = await server.api<Made>('POST', '/app/globex/endpoint', {
      url: 'http://127.0.0.1:9/webhooks',
      ordered: true,
    });
    await server.api('POST', '/app/globex/endpoint', { url: `${receiver.url}webhooks` });
    const { id: invoice } = await server.api<Made>('POST', '/app/globex/msg', {
      eventType: 'invoice.paid',
      eventId: 'invoice-2026-117',
      payload: { invoice: 117, total: 4200, currency: 'EUR' },
    });
    const { page, faults } = await open('/', { viewport: { width: 1280, height: 860 } });
    const pictures = [
      ['message', `/applications/globex/messages/${invoice}`, /^Attempt 2|The next attempt/],
      ['repair', `/applications/globex/endpoints/${refusing}?tab=repair`, 'Retry now'],
      ['overview', '/', 'Globex'],
    ] as const;
    for (const [name, path, text] of pictures) {
      await page.goto(server.url + path);
      await page.getByText(text).first().waitFor();
      const picture = fileURLToPath(new URL(`../../docs/console-${name}.png`, import.meta.url));
      expect(existsSync(picture)).toBe(true);
      if (process.env['FACES_PICTURES'] !== 'true') continue;
      if (name === 'overview')
        await page
          .getByText(/^over the last/)
          .first()
          .waitFor({ timeout: 30_000 });
      // Figures of the last hours are counted now and then.
      if (name === 'overview')
        await page
          .getByText(/^\d+ attempts?,/)
          .first()
          .waitFor({ timeout: 60_000 });
      await page.screenshot({ path: picture });
    }
    expect(faults).toEqual([]);
  });

  test('shows every page without a finding of axe, in light and dark, wide and narrow', async () => {
    const tasks = await server.api<{ data: [Made] }>('GET', '/background-task?limit=1');
    const paths = [
      ['/', 'Endpoints in trouble'],
      ['/applications', 'acme'],
      ['/applications/acme', 'New endpoint'],
      [`/applications/acme/endpoints/${good}`, message],
      [`/applications/acme/endpoints/${bad}?tab=repair`, 'Replay a period'],
      [`/applications/acme/endpoints/${good}?tab=filters`, 'Test on recent messages'],
      [`/applications/acme/endpoints/${good}?tab=transformation`, 'Run without sending'],
      [`/applications/acme/endpoints/${good}?tab=request`, 'Save the signature'],
      [`/applications/acme/endpoints/${good}?tab=secret`, 'Show the secret'],
      [`/applications/acme/endpoints/${good}?tab=settings`, 'Rate and order'],
      [`/applications/acme/messages/${message}`, 'Delivered.'],
      ['/messages?app=acme', message],
      ['/undelivered', 'Published'],
      ['/repair?app=acme', 'Tasks under way'],
      ['/tasks', 'Cancel waiting deliveries'],
      [`/tasks/${tasks.data[0].id}`, 'Last step'],
      ['/event-types', 'invoice.paid'],
      ['/event-types?name=invoice.paid', 'JSON Schemas by version'],
      ['/operational-webhooks', 'No operational endpoints yet'],
      ['/api-keys', 'New API key'],
      ['/audit', 'endpoints.create'],
      ['/settings', 'Signed in'],
    ];
    const { page, faults } = await open('/', { reducedMotion: 'reduce' });
    const look = createLook(page);
    for (const [path = '', text = ''] of paths) {
      await follow(page, path);
      await page.getByText(text).first().waitFor();
      await look.at(`console ${path}`);
    }
    expect(faults).toEqual([]);
    expect(look.findings).toEqual([]);
  });
});
