import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { describeWithChromium } from '../../test/support/browser.ts';
import { type Receiver, startReceiver } from '../../test/support/receiver.ts';
import { SELF_SIGNED } from '../../test/support/self-signed.ts';
import { usesPostgres } from '../../test/support/test-backends.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { follow } from './follow.ts';
import { createLook } from './look.ts';
import { type Installation, openPage, startInstallation } from './start.ts';
import { generateAsymmetricSecret } from '../../src/domain/signatures.ts';

interface Made {
  readonly id: string;
}

const CHOSEN_IS_SEEN = `(() => {
  const chosen = document.querySelector('[role="option"][aria-selected="true"]');
  const { top, bottom } = chosen.getBoundingClientRect();
  const list = chosen.parentElement.getBoundingClientRect();
  return chosen.matches(':last-child') && top >= list.top && bottom <= list.bottom + 1;
})()`;
const HOSTILE = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>';

describeWithChromium('the portal', (browser) => {
  let server: Installation;
  let receiver: Receiver;
  /** Answers 500 until it is mended. */
  let failing: Receiver;
  let isMended = false;
  /** Of the page that may show the portal in a frame. */
  let parent: string;
  let good: string;
  let bad: string;
  let message: string;

  const frames = createServer((request, response) =>
    response
      .setHeader('content-type', 'text/html')
      .end(
        `<title>parent</title><iframe title="Webhooks" src="${decodeURIComponent(request.url?.slice(1) ?? '')}"></iframe>`,
      ),
  );

  beforeAll(async () => {
    await new Promise<void>((resolve) => frames.listen(0, '127.0.0.1', resolve));
    parent = `http://127.0.0.1:${(frames.address() as AddressInfo).port}`;
    server = await startInstallation({
      portalName: `Acme ${HOSTILE}`.slice(0, 80),
      portalColor: '#ffe600',
      portalHidesMaker: 'true',
      portalParents: parent,
    });
    receiver = await startReceiver();
    failing = await startReceiver();
    failing.answer = (_request, response) =>
      response.writeHead(isMended ? 200 : 500, { 'content-type': 'text/plain' }).end(HOSTILE);
    await server.api('POST', '/app', { name: HOSTILE, uid: 'acme' });
    await server.api('POST', '/app', { name: 'Other', uid: 'other' });
    await server.api('POST', '/event-type', {
      name: 'invoice.paid',
      description: HOSTILE,
      schemas: {
        1: { type: 'object', properties: { amount: {} }, examples: [{ amount: 100 }] },
      },
    });
    ({ id: good } = await server.api<Made>('POST', `/app/acme/endpoint`, {
      url: receiver.url,
      description: HOSTILE,
    }));
    ({ id: bad } = await server.api<Made>('POST', `/app/acme/endpoint`, {
      url: failing.url,
      policy: { retrySchedule: [], disableAfter: null },
    }));
    await server.api('POST', `/app/other/endpoint`, { url: `${receiver.url}other` });
    ({ id: message } = await server.api<Made>('POST', `/app/acme/msg`, {
      eventType: 'invoice.paid',
      eventId: 'evt-1',
      payload: { note: HOSTILE },
    }));
    await waitFor(() => receiver.received.length > 0 && failing.received.length > 0, 'attempts');
  });
  afterAll(async () => {
    frames.close();
    await server.stop();
    await receiver.close();
    await failing.close();
  });

  async function link(access: object = {}, app = 'acme'): Promise<string> {
    const path = `/auth/app-portal-access/${app}`;
    return (await server.api<{ url: string }>('POST', path, access)).url;
  }

  async function open(path = '', access: object = {}, options?: BrowserContextOptions) {
    const [page, token] = (await link(access)).split('#');
    return openPage(browser(), `${page}${path}#${token}`, options);
  }

  async function confirm(page: Page, title: string) {
    await page.getByRole('button', { name: title, exact: true }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: new RegExp(`^${title}( \\(\\d+\\))?$`) })
      .click();
  }

  test('opens by its link, whose token leaves the address, and stays open for the tab', async () => {
    const { page, faults } = await open();
    await page.getByRole('link', { name: receiver.url }).waitFor();
    expect(page.url()).toBe(`${server.url}/portal`);
    await page
      .getByRole('row', { name: new RegExp(failing.url) })
      .getByText('On')
      .waitFor();
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/stats/')) asked.push(request.url());
    });
    await page.reload();
    await page.getByRole('link', { name: receiver.url }).waitFor();
    // Of all rows at once.
    await page.getByText('% failed').nth(1).waitFor();
    expect(asked).toEqual([expect.stringContaining('endpoint_ids=')]);
    expect(
      await page.evaluate<string>('document.cookie + JSON.stringify(localStorage)'),
    ).not.toMatch(/eyJ/);
    expect(await page.title()).toMatch(/^Endpoints · Acme </);
    expect(await page.evaluate('window.ran')).toBeUndefined();
    expect(faults).toEqual([]);
  });

  test('adds an endpoint, sends an edited test event, and sees it arrive', async () => {
    const { page, faults } = await open();
    await page.getByRole('link', { name: 'Add an endpoint' }).click();
    await page.getByLabel('URL').fill(`${receiver.url}new`);
    await page.getByRole('combobox', { name: 'Event types' }).fill('invoice');
    await page.getByRole('option', { name: 'invoice.paid' }).click();
    await page.getByRole('button', { name: 'Add the endpoint' }).click();
    await page.getByRole('tab', { name: 'Test' }).waitFor();
    await page.getByRole('combobox', { name: 'Event type', exact: true }).fill('paid');
    await page.getByRole('option', { name: 'invoice.paid' }).click();
    const payload = page.getByLabel('Payload');
    await waitFor(
      async () => (await payload.inputValue()).includes('"amount": 100'),
      'the example',
    );
    await payload.fill('{');
    await page.getByRole('button', { name: 'Send the test event' }).click();
    await page.getByText(/This is not valid JSON/).waitFor();
    await payload.fill('{"amount": 250}');
    await page.getByRole('button', { name: 'Send the test event' }).click();
    const outcome = page.getByRole('region', { name: 'Result' });
    await outcome.getByText(/Attempt 1 succeeded/).waitFor();
    await outcome.getByText('Delivered.').waitFor();
    const got = receiver.received.find(({ path }) => path === '/new');
    expect(JSON.parse(String(got?.body))).toEqual({ amount: 250 });
    expect(faults).toEqual([]);
  });

  test('shows the secret with code that verifies, and rotates it', async () => {
    const { page, faults } = await open(`/endpoints/${good}?tab=secret`);
    await page.getByRole('button', { name: 'Show the secret' }).click();
    const secret = page.getByRole('region', { name: 'Signing secret' });
    const first = (await secret.textContent()) ?? '';
    const [{ headers, body }] = receiver.received as [Receiver['received'][number]];
    expect(new Webhook(first).verify(body, headers as Record<string, string>)).toEqual({
      note: HOSTILE,
    });
    await page.getByLabel('Language').selectOption('Python');
    await page
      .getByRole('region', { name: 'Verification in Python' })
      .getByText('hmac.compare_digest')
      .waitFor();
    expect(await page.getByLabel('Language').locator('option').count()).toBe(10);
    await confirm(page, 'Rotate the secret');
    await waitFor(async () => (await secret.textContent()) !== first, 'another secret');

    const rotateTo = async (key: string) => {
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Rotate the secret', exact: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('A secret of your own').fill(key);
      await dialog.getByRole('button', { name: 'Rotate the secret', exact: true }).click();
    };
    const code = page.getByRole('region', { name: 'Verification in Python' });
    await rotateTo(generateAsymmetricSecret());
    await page.getByRole('region', { name: 'Public key' }).getByText('whpk_').waitFor();
    await code.getByText('Ed25519PublicKey').first().waitFor();
    await rotateTo(first);
    await secret.getByText(first).waitFor();
    await code.getByText('hmac.compare_digest').waitFor();
    expect(faults).toEqual([]);
  });

  test('tells why a delivery failed, resends it, and recovers the rest by its count', async () => {
    const { page, faults } = await open(`/endpoints/${bad}`);
    await page.getByRole('link', { name: message }).click();
    const failed = page.getByRole('region', { name: `Delivery to ${failing.url}` });
    await failed.getByText(/Attempt 1 failed after .*: answered 500\./).waitFor();
    await failed.getByRole('button', { name: 'Details of attempt 1' }).click();
    await failed.getByText(HOSTILE).waitFor();
    await page.getByRole('region', { name: 'Body of the request' }).getByText('onerror').waitFor();
    await failed.getByRole('button', { name: 'Resend' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Resend' }).click();
    await failed.getByText(/Attempt 2, a manual resend, failed/).waitFor();
    isMended = true;
    await page.goto(`${server.url}/portal/endpoints/${bad}?tab=repair`);
    const before = failing.received.length;
    await page.getByRole('button', { name: 'Recover failed messages' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('1 delivery', { exact: true }).waitFor();
    expect(failing.received.length).toBe(before);
    await dialog.getByRole('button', { name: 'Recover failed messages (1)' }).click();
    const task = page.getByRole('row', { name: /Recover failed messages/ });
    await task.getByText('Finished').waitFor();
    await task.getByText('1 sent again').waitFor();
    await waitFor(() => failing.received.length > before, 'the message');
    expect(await page.evaluate('window.ran')).toBeUndefined();
    expect(faults).toEqual([]);
  });

  test('changes the filter after a try, headers, authentication, and pauses', async () => {
    const { page, faults } = await open(`/endpoints/${good}?tab=filters`);
    await page.getByLabel('Payload filter').fill('{"path": "/note", "exists": true}');
    await page.getByRole('button', { name: 'Test on recent messages' }).click();
    await page.getByText(/^\d of the last \d+ messages? match/).waitFor();
    await page.getByRole('button', { name: 'Save the filters' }).click();
    await page.getByText('The filters are saved').waitFor();
    await page.getByRole('tab', { name: 'Headers and authentication' }).click();
    await page.getByLabel('Header', { exact: true }).fill('X-Team');
    await page.getByLabel('Value').fill('billing');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('X-Team: billing').waitFor();
    await page.getByLabel('User name').fill('hook');
    await page.getByLabel('Password', { exact: true }).fill('s3cret');
    await page.getByRole('button', { name: 'Save the authentication' }).click();
    await page.getByText('Requests log in as hook.').waitFor();
    await confirm(page, 'Pause');
    await page.getByText('Paused: new messages wait').waitFor();
    await confirm(page, 'Resume');
    await page.getByText('On', { exact: true }).waitFor();
    expect(faults).toEqual([]);
  });

  test('changes by what the receiver knows who sends: tokens, certificates, signatures', async () => {
    const { page, faults } = await open(`/endpoints/${good}?tab=request`);
    const path = `/app/acme/endpoint/${good}`;
    const part = (name: string) => page.getByRole('region', { name, exact: true });
    await part('Authentication').getByLabel('Kind').selectOption('OAuth 2 (client credentials)');
    await part('Authentication').getByLabel('Token URL').fill(`${receiver.url}token`);
    await part('Authentication').getByLabel('Client id').fill('posthaste');
    await part('Authentication').getByRole('textbox', { name: 'Client secret' }).fill('s3cret');
    await part('Authentication')
      .getByLabel('Client credentials are sent')
      .selectOption('in the body');
    await part('Authentication').getByLabel('Scopes').fill('hooks');
    await part('Authentication').getByLabel('Scopes').press('Enter');
    await part('Authentication').getByLabel('Extra parameters').fill('audience: hooks');
    await part('Authentication').getByLabel('Extra headers').fill('X-Tenant: acme');
    await part('Authentication').getByRole('button', { name: 'Save the authentication' }).click();
    await page.getByText('Requests carry an access token of OAuth 2').waitFor();
    expect(await server.api('GET', `${path}/oauth`)).toMatchObject({
      tokenUrl: `${receiver.url}token`,
      clientId: 'posthaste',
      authMethod: 'clientSecretPost',
      scopes: ['hooks'],
      extraParams: { audience: 'hooks' },
      extraHeaders: { 'X-Tenant': 'acme' },
    });
    await confirm(page, 'Remove the authentication');
    // Not the words of the question.
    await page.getByText('Requests are signed, and have no Authorization header').waitFor();

    const certificate = part('Client certificate (mTLS)');
    await certificate.getByLabel('Client certificate and private key').fill('no PEM');
    await certificate.getByRole('button', { name: 'Save the certificates' }).click();
    await certificate
      .getByText(/holds no certificate in PEM form/)
      .first()
      .waitFor();
    await certificate
      .getByLabel('Client certificate and private key')
      .fill(`${SELF_SIGNED.cert}\n${SELF_SIGNED.key}`);
    await certificate
      .getByLabel('Authorities of the receiver’s certificate')
      .fill(SELF_SIGNED.cert);
    await certificate.getByRole('button', { name: 'Save the certificates' }).click();
    await certificate.getByText(/Client certificate: CN=receiver\.test, issued by/).waitFor();
    await certificate.getByText(/Trusted authorities: CN=receiver\.test, issued by/).waitFor();
    await confirm(page, 'Remove the certificates');
    await certificate.getByText('Connections have no client certificate').waitFor();

    const signature = part('Custom signature');
    await signature.getByLabel('Signature headers').fill('X-Acme: v1={signature}');
    await signature.getByLabel('Signed content').fill('{body}');
    await signature.getByLabel('Algorithm').selectOption('hmac-sha512');
    await signature.getByLabel('Encoding').selectOption('base64');
    await signature.getByLabel('Sign with a separate secret').check();
    await signature.getByRole('button', { name: 'Save the signature' }).click();
    await signature.getByRole('alert').waitFor();
    await signature.getByRole('textbox', { name: 'Separate secret' }).fill('known to both');
    await signature.getByRole('button', { name: 'Save the signature' }).click();
    await signature.getByText('separate', { exact: true }).waitFor();
    // Saved again without the secret, which is never shown, the stored one stays.
    await signature.getByLabel('Signed content').fill('{id}.{body}');
    await signature.getByRole('button', { name: 'Save the signature' }).click();
    await signature.getByText('{id}.{body}', { exact: true }).waitFor();
    const heard = receiver.received.length;
    await server.api('POST', `${path}/send-example`, { eventType: 'svix.ping' });
    await waitFor(() => receiver.received.length > heard, 'a signed request');
    const { headers, body } = receiver.received[heard] as Receiver['received'][number];
    const hmac = createHmac('sha512', 'known to both')
      .update(`${String(headers['webhook-id'])}.${body}`)
      .digest('base64');
    expect(headers['x-acme']).toBe(`v1=${hmac}`);
    await signature.getByLabel('Sign with a separate secret').uncheck();
    await signature.getByLabel('Separator between signatures').fill(',v1=');
    await signature.getByRole('button', { name: 'Save the signature' }).click();
    await waitFor(async () => {
      const stored = await server.api<Record<string, unknown>>('GET', `${path}/signature`);
      return stored['hasSecret'] === false && stored['join'] === ',v1=';
    }, 'the signature with the secret of the endpoint');
    await confirm(page, 'Remove this signature');
    await signature.getByText('Requests carry the standard signature only').waitFor();
    expect(faults.filter((fault) => !fault.includes('422'))).toEqual([]);
  });

  test('changes requests by a program, tried before it is saved', async () => {
    const { page, faults } = await open(`/endpoints/${good}?tab=transformation`, {
      capabilities: ['ManageTransformations'],
    });
    await page
      .getByLabel('Code')
      .fill(
        'function handler(w) { w.payload = { n: w.payload.amount, ...w.variables }; return w; }',
      );
    await page.getByLabel('Variables').fill('{"room": "sales"}');
    await page.getByRole('combobox', { name: 'Input' }).fill('paid');
    await page.getByRole('option', { name: 'invoice.paid', exact: true }).click();
    await page.getByRole('button', { name: 'Run without sending' }).click();
    const changed = page.getByRole('region', { name: 'Changed payload' });
    await changed.getByText('"n": 100').waitFor();
    await changed.getByText('"room": "sales"').waitFor();
    await page.getByRole('button', { name: 'Save the transformation' }).click();
    await page.getByText('The transformation is saved').waitFor();
    const path = `/app/acme/endpoint/${good}/transformation`;
    const saved = {
      code: expect.stringContaining('w.variables'),
      variables: { room: 'sales' },
    };
    expect(await server.api('GET', path)).toMatchObject({ ...saved, enabled: false });
    await page.getByLabel('Enabled: runs before each request').check();
    await page.getByRole('button', { name: 'Save the transformation' }).click();
    await page.getByText('The transformation is saved, and runs').waitFor();
    expect(await server.api('GET', path)).toMatchObject({ ...saved, enabled: true });
    await server.api('PATCH', path, { enabled: false });
    await page.getByRole('tab', { name: 'Settings' }).click();
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    expect(faults).toEqual([]);
  });

  // What is of the page and its session alone is the same on every storage.
  test.skipIf(usesPostgres())(
    'opens the page that its link names, and none elsewhere',
    async () => {
      const [address, token] = (await link()).split('#');
      const { page } = await openPage(
        browser(),
        `${address}?next=/event-types%3Fname%3Dx#${token}`,
      );
      await page.getByRole('heading', { name: 'Event catalog', level: 1 }).waitFor();
      expect(page.url()).toBe(`${server.url}/portal/event-types?name=x`);
      for (const next of ['/../', '//evil.example/', '../../x', 'https://evil.example']) {
        await page.goto(`${address}?next=${encodeURIComponent(next)}&theme=dark#${token}`);
        await page.getByRole('link', { name: 'Event catalog' }).waitFor();
        expect(page.url()).toMatch(new RegExp(`^${server.url}/portal`));
      }
    },
  );

  test('offers what the token may do, and nothing else', async () => {
    const { page, faults } = await open('', { readOnly: true });
    await page.getByRole('link', { name: receiver.url, exact: true }).waitFor();
    expect(await page.getByText('Add an endpoint').count()).toBe(0);
    await page.getByRole('link', { name: receiver.url, exact: true }).click();
    await page.getByRole('tab', { name: 'Verify' }).click();
    await page.getByText('Your access does not include the secret').waitFor();
    expect(await page.getByRole('tab').allTextContents()).toEqual([
      'Deliveries',
      'Activity',
      'Verify',
      'Filter',
      'Transformation',
      'Headers and authentication',
      'Settings',
    ]);
    await page.getByRole('tab', { name: 'Transformation' }).click();
    await page.getByText('Requests are sent as they were published').waitFor();
    await page.getByRole('tab', { name: 'Headers and authentication' }).click();
    await page.getByText('Requests carry the standard signature only').waitFor();
    await page.getByText('Connections have no client certificate').waitFor();
    expect(await page.getByRole('textbox').count()).toBe(0);
    for (const name of ['Pause', 'Delete', 'Add', /^Save/, /^Remove/]) {
      expect(await page.getByRole('button', { name, exact: true }).count()).toBe(0);
    }
    await page.getByRole('tab', { name: 'Settings' }).click();
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    // A link to what it may not do shows the first that it may.
    await page.goto(`${server.url}/portal/endpoints/${good}?tab=repair`);
    await page.getByRole('link', { name: message }).waitFor();
    expect(await page.getByRole('tab', { selected: true }).textContent()).toBe('Deliveries');
    expect(faults).toEqual([]);
  });

  test('saves what was changed, and not over what somebody else saved meanwhile', async () => {
    const { page, faults } = await open(`/endpoints/${bad}?tab=settings`);
    const path = `/app/acme/endpoint/${bad}`;
    const description = page.getByLabel('Description');
    await description.fill('of mine');
    await server.api('PATCH', path, { throttleRate: 500, eventTypes: ['invoice.paid'] });
    const save = async () => {
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByText('The endpoint is saved').waitFor();
      await page.getByRole('button', { name: 'Dismiss' }).click();
    };
    await save();
    const others = { throttleRate: 500, eventTypes: ['invoice.paid'] };
    expect(await server.api('GET', path)).toMatchObject({ description: 'of mine', ...others });
    await server.api('PATCH', path, { description: 'of another' });
    await page.getByLabel('URL').fill(`${failing.url}moved`);
    await save();
    expect(await server.api('GET', path)).toMatchObject({
      description: 'of another',
      url: `${failing.url}moved`,
      ...others,
    });
    await server.api('PATCH', path, { url: failing.url, throttleRate: null, eventTypes: null });
    expect(faults).toEqual([]);
  });

  test('says of a message with many attempts that not all of them are told', async () => {
    const { id } = await server.api<Made>('POST', '/app/acme/msg', {
      eventType: 'invoice.paid',
      payload: { note: 'exe.\u202egnp' },
    });
    const { page, faults } = await open();
    await page.getByRole('link', { name: receiver.url, exact: true }).waitFor();
    await page.route('**/api/v1/app/*/msg/*/endpoint?*', async (route) => {
      const response = await route.fetch();
      const list = (await response.json()) as { data: object[] };
      // Of those that are told none is its own.
      const data = list.data.map((endpoint) => ({ ...endpoint, status: 3, nextAttempt: null }));
      await route.fulfill({ response, json: { ...list, data } });
    });
    await page.route('**/api/v1/app/*/attempt/msg/*', (route) =>
      route.fulfill({
        json: {
          data: Array.from({ length: 250 }, (_, n) => ({ id: `atmpt_${n}`, endpointId: 'ep_x' })),
          done: false,
        },
      }),
    );
    await follow(page, `/portal/messages/${id}`);
    await page.getByText('There are many attempts: the newest 250').waitFor();
    const story = page.getByRole('region', { name: `Delivery to ${receiver.url}`, exact: true });
    await story.getByText('Failed, will be retried').waitFor();
    // What turns the direction of a text is seen.
    await page
      .getByRole('region', { name: 'Body of the request' })
      .getByText('exe.\\u202egnp')
      .waitFor();
    expect(faults).toEqual([]);
  });

  test.skipIf(usesPostgres())('is used by the keyboard alone', async () => {
    const { page, faults } = await open();
    const focused = () => page.locator(':focus');
    const row = page.getByRole('link', { name: receiver.url, exact: true });
    await row.waitFor();
    await page.keyboard.press('Tab');
    expect(await focused().textContent()).toBe('Skip to the page');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await focused().textContent()).toBe('Add an endpoint');
    // Whoever does not see the focus is lost.
    const outline = 'getComputedStyle(document.activeElement).outlineStyle';
    expect(await page.evaluate(outline)).not.toBe('none');
    await row.focus();
    await page.keyboard.press('Enter');
    const tab = (name: string) => page.getByRole('tab', { name, exact: true });
    await tab('Deliveries').focus();
    await page.keyboard.press('ArrowRight');
    await page.getByText('As a table').waitFor();
    await page.keyboard.press('End');
    await page.getByRole('button', { name: 'Save' }).waitFor();
    const pause = page.getByRole('button', { name: 'Pause', exact: true });
    await pause.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    // What changes nothing comes first.
    await waitFor(
      async () => (await focused().textContent()) === 'Change nothing',
      'the focus in the dialog',
    );
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await waitFor(
      async () => (await focused().textContent()) === 'Pause',
      'the focus where it was',
    );
    await page.setViewportSize({ width: 1280, height: 240 });
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Search and commands' }).press('ArrowUp');
    await waitFor(
      () => page.evaluate<boolean>(CHOSEN_IS_SEEN),
      'the last that is offered to be seen',
    );
    await page.getByRole('combobox', { name: 'Search and commands' }).fill('catalog');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Event catalog', level: 1 }).waitFor();
    expect(faults).toEqual([]);
  });

  test('shows nothing of another application, neither by address nor after another link', async () => {
    const { page } = await open();
    await page.getByRole('link', { name: receiver.url, exact: true }).waitFor();
    const [, token] = (await link({}, 'other')).split('#');
    // What the page asked for with the first token may be answered until the page is left.
    await page.goto('about:blank');
    const asked: string[] = [];
    page.on('response', (response) => {
      if (response.url().includes('/app/')) asked.push(`${response.status()} ${response.url()}`);
    });
    await page.goto(`${server.url}/portal/endpoints/${good}#${token}`);
    await page.getByText('Not found').waitFor();
    await page.getByRole('link', { name: 'Endpoints' }).first().click();
    await page.getByRole('link', { name: `${receiver.url}other` }).waitFor();
    expect(await page.getByRole('link', { name: failing.url }).count()).toBe(0);
    expect(asked.filter((one) => one.includes(good)).every((one) => one.startsWith('404'))).toBe(
      true,
    );
    await page.goto(`${server.url}/portal/messages/${message}`);
    await page.getByText('Not found').waitFor();
    expect(await page.getByRole('region', { name: 'Body of the request' }).count()).toBe(0);
  });

  test('says what to do without a link, and when access was ended', async () => {
    const { page } = await openPage(browser(), `${server.url}/portal`);
    await page.getByRole('heading', { name: 'Open this page from your account' }).waitFor();
    await server.api('POST', '/app', { name: 'Third', uid: 'third' });
    await page.goto(await link({}, 'third'));
    await page.getByText('No endpoint yet').waitFor();
    await server.api('POST', '/auth/app/third/expire-all', {});
    await page.getByRole('link', { name: 'Event catalog' }).click();
    await page.getByRole('heading', { name: 'Your access has ended' }).waitFor();
    await page.getByText('The token was revoked.').waitFor();
  });

  test.skipIf(usesPostgres())(
    'renews its token half-way, and goes on with what is being typed',
    async () => {
      const [address, token] = (await link({ expiry: 3_600 })).split('#');
      const linkedAt = Date.now();
      const { page, faults } = await openPage(browser(), `${server.url}/portal/`, {});
      await page.clock.install();
      await page.goto(`${address}/endpoints/new#${token}`);
      await page.getByLabel('URL').fill('https://example.com/typed');
      // Tokens tell seconds: one that is renewed in the second of its link is the same text.
      await waitFor(() => Date.now() - linkedAt > 1_000, 'another second');
      const renewal = page.waitForResponse('**/api/v1/auth/renew');
      await page.clock.fastForward('31:00');
      expect((await renewal).status()).toBe(200);
      await waitFor(
        async () =>
          (await page.evaluate('sessionStorage.getItem("posthaste-portal")')) !== token?.slice(6),
        'another token',
      );
      expect(await page.getByLabel('URL').inputValue()).toBe('https://example.com/typed');
      await page.getByRole('link', { name: 'Messages' }).click();
      await page.getByRole('button', { name: 'Leave', exact: true }).click();
      await page.getByRole('link', { name: message }).waitFor();
      expect(faults).toEqual([]);
    },
  );

  test.skipIf(usesPostgres())(
    'is shown in a frame of a page that is listed, in its colours, and of no other',
    async () => {
      const [address, token] = (await link()).split('#');
      const url = `${address}?theme=dark#${token}`;
      const context = await browser().newContext();
      onTestFinished(() => context.close());
      const page = await context.newPage();
      await page.goto(`${parent}/${encodeURIComponent(url)}`);
      const frame = page.frameLocator('iframe');
      await frame.getByRole('link', { name: receiver.url, exact: true }).waitFor();
      const html = frame.locator('html');
      expect(await html.getAttribute('data-mantine-color-scheme')).toBe('dark');
      await server.api('POST', '/auth/app/acme/expire-all', {});
      // Its navigation is folded: the frame is narrow.
      await frame
        .getByRole('link', { name: 'Event catalog', includeHidden: true })
        .dispatchEvent('click');
      await frame.getByText('Reload the page that contains this one').waitFor();
      await page.goto(`${parent.replace('127.0.0.1', 'localhost')}/${encodeURIComponent(url)}`);
      await waitFor(
        () => page.frames().some((one) => one.url().startsWith('chrome-error://')),
        'a refusal',
      );
    },
  );

  test.skipIf(usesPostgres())(
    'shows every page without a finding of axe, in light and dark, wide and narrow',
    async () => {
      const paths = [
        ['', 'Last 24 hours'],
        ['/endpoints/new', 'Rate and order'],
        [`/endpoints/${good}`, message],
        [`/endpoints/${good}?tab=activity`, 'As a table'],
        [`/endpoints/${good}?tab=test`, 'Send the test event'],
        [`/endpoints/${bad}?tab=repair`, 'Replay everything'],
        [`/endpoints/${good}?tab=secret`, 'Verification code'],
        [`/endpoints/${good}?tab=filters`, 'Test on recent messages'],
        [`/endpoints/${good}?tab=transformation`, 'Run without sending'],
        [`/endpoints/${good}?tab=request`, 'Save the signature'],
        [`/endpoints/${good}?tab=settings`, 'Rate and order'],
        ['/messages', message],
        [`/messages/${message}`, 'Body of the request'],
        ['/activity', 'As a table'],
        ['/event-types', 'invoice.paid'],
        ['/event-types?name=invoice.paid', 'JSON Schema, version 1'],
      ];
      const { page, faults } = await open('', {}, { reducedMotion: 'reduce' });
      await page.getByRole('link', { name: receiver.url, exact: true }).waitFor();
      const look = createLook(page);
      for (const [path = '', text = ''] of paths) {
        await follow(page, `/portal${path}`);
        await page.getByText(text).first().waitFor();
        await look.at(`portal ${path}`);
      }
      expect(faults).toEqual([]);
      expect(look.findings).toEqual([]);
    },
  );
});
