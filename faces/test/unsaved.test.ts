import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithChromium } from '../../test/support/browser.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { follow } from './follow.ts';
import { createLook } from './look.ts';
import { type Installation, openPage, startInstallation } from './start.ts';

interface Made {
  readonly id: string;
}

describeWithChromium('what was typed and not saved', (browser) => {
  let server: Installation;
  let endpoint: string;
  let other: string;

  beforeAll(async () => {
    server = await startInstallation();
    await server.api('POST', '/app', { name: 'Acme', uid: 'acme' });
    const disabled = { disabled: true, description: 'as it was' };
    ({ id: endpoint } = await server.api<Made>('POST', '/app/acme/endpoint', {
      url: 'http://127.0.0.1:9/one',
      ...disabled,
    }));
    ({ id: other } = await server.api<Made>('POST', '/app/acme/endpoint', {
      url: 'http://127.0.0.1:9/other',
      ...disabled,
    }));
  });
  afterAll(() => server.stop());

  const open = (path: string) => openPage(browser(), server.url + path);

  async function openPortal(path: string) {
    const { url } = await server.api<{ url: string }>('POST', '/auth/app-portal-access/acme', {});
    return openPage(browser(), url.replace('#', `${path}#`));
  }

  const question = (page: Page) => page.getByRole('dialog', { name: 'Leave without saving?' });

  async function answer(page: Page, what: 'Stay' | 'Leave') {
    await question(page).getByRole('button', { name: what, exact: true }).click();
    await question(page).waitFor({ state: 'detached' });
  }

  test('is asked for in the console: link, palette, tab, back, reload, sign out', async () => {
    const { page, faults } = await open('/applications/acme');
    await page.getByRole('link', { name: '127.0.0.1:9/one' }).click();
    await page.getByRole('tab', { name: 'Settings' }).click();
    const description = page.getByLabel('Description');
    const leads = {
      link: () => page.getByRole('link', { name: 'Audit' }).click(),
      tab: () => page.getByRole('tab', { name: 'Secret' }).click(),
      back: () => page.evaluate('history.back()'),
      palette: async () => {
        await page.keyboard.press('Control+k');
        await page.getByRole('combobox', { name: 'Search and commands' }).fill('audit');
        await page.keyboard.press('Enter');
      },
      'sign out': () => page.getByRole('button', { name: 'Sign out' }).click(),
    };
    await description.fill('typed');
    const here = page.url();
    for (const lead of Object.values(leads)) {
      await lead();
      await question(page).getByText('Your changes to the endpoint will be lost.').waitFor();
      await answer(page, 'Stay');
      expect(await description.inputValue()).toBe('typed');
      await waitFor(() => page.url() === here, 'the address of the form');
    }
    const asked = new Promise<string>((resolve) => {
      page.once('dialog', (dialog) => {
        resolve(dialog.type());
        void dialog.dismiss();
      });
    });
    page.evaluate('location.reload()').catch(() => {});
    expect(await asked).toBe('beforeunload');
    expect(await description.inputValue()).toBe('typed');

    await leads.back();
    await answer(page, 'Leave');
    await page.getByRole('link', { name: '127.0.0.1:9/other' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/applications/acme');
    expect(await server.api('GET', `/app/acme/endpoint/${endpoint}`)).toMatchObject({
      description: 'as it was',
    });
    expect(faults).toEqual([]);
  });

  test('is not asked for when nothing was changed, nor once it is saved', async () => {
    const settings = `/applications/acme/endpoints/${endpoint}?tab=settings`;
    const { page, faults } = await open(settings);
    const description = page.getByLabel('Description');
    const leave = async () => {
      await page.getByRole('link', { name: 'Audit' }).click();
      await page.getByRole('heading', { name: 'Audit', level: 1 }).waitFor();
      await follow(page, settings);
    };
    await description.waitFor();
    await leave();
    await description.fill('typed');
    await description.fill('as it was');
    await leave();
    await description.fill('saved');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('The endpoint is saved').waitFor();
    await leave();
    // What is saved and emptied is not there to be lost.
    await follow(page, settings.replace('settings', 'request'));
    await page.getByLabel('User name').fill('hook');
    await page.getByLabel('Password', { exact: true }).fill('s3cret');
    await page.getByRole('button', { name: 'Save the authentication' }).click();
    await page.getByText('Requests log in as hook.').waitFor();
    await leave();
    await server.api('PATCH', `/app/acme/endpoint/${endpoint}`, { description: 'as it was' });
    expect(faults).toEqual([]);
  });

  test('is not said of the next endpoint', async () => {
    const filters = (id: string) => `/applications/acme/endpoints/${id}?tab=filters`;
    const { page } = await open(filters(other));
    await page.getByLabel('Payload filter').waitFor();
    await follow(page, filters(endpoint));
    await page.getByLabel('Payload filter').fill('{"path": "/typed", "exists": true}');
    await page.evaluate(`__TSR_ROUTER__.history.push(${JSON.stringify(filters(other))})`);
    await answer(page, 'Leave');
    await page.getByRole('heading', { name: '127.0.0.1:9/other' }).waitFor();
    expect(await page.getByLabel('Payload filter').inputValue()).toBe('');
  });

  test('is asked for by a panel, with the keyboard alone, and an entry that is made leaves', async () => {
    const { page, faults } = await open('/event-types');
    const panel = page.getByRole('dialog', { name: 'New event type' });
    await page.getByRole('button', { name: 'New event type' }).click();
    await panel.waitFor();
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'New event type' }).click();
    const name = panel.getByLabel('Name');
    await name.fill('a.b');
    await page.keyboard.press('Escape');
    await question(page).getByText('Your changes to the event type will be lost.').waitFor();
    const look = createLook(page);
    await look.at('console asks before it leaves');
    expect(look.findings).toEqual([]);
    await waitFor(async () => (await page.locator(':focus').textContent()) === 'Stay', 'the focus');
    // It closes what is in front, and nothing else.
    await page.keyboard.press('Escape');
    await question(page).waitFor({ state: 'detached' });
    expect(await name.inputValue()).toBe('a.b');
    await waitFor(async () => (await page.locator(':focus').inputValue()) === 'a.b', 'the focus');
    for (const close of [
      () => page.mouse.click(10, 400),
      () => panel.getByRole('button', { name: 'Close' }).click(),
    ]) {
      await close();
      await answer(page, 'Stay');
    }
    // The palette is in front, too.
    await page.keyboard.press('Control+k');
    await page.getByRole('option', { name: 'Audit' }).click();
    await answer(page, 'Stay');
    await panel.getByRole('button', { name: 'Create the event type' }).click();
    await page.getByText('The event type is saved').waitFor();
    await panel.waitFor({ state: 'detached' });

    // Its name stands in the address: the panel asks, and the address does not ask again.
    await page.getByRole('button', { name: 'a.b' }).click();
    await page.getByLabel('Description').fill('typed');
    await page.getByRole('button', { name: 'Archive' }).click();
    await page.getByText('Endpoints can no longer choose it').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Endpoints can no longer choose it').waitFor({ state: 'detached' });
    expect(await page.getByLabel('Description').inputValue()).toBe('typed');
    await page.keyboard.press('Escape');
    await answer(page, 'Leave');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(new URL(page.url()).search).toBe('');

    await page.goto(`${server.url}/applications`);
    await page.getByRole('button', { name: 'New application' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Made');
    await page.getByRole('button', { name: 'Create the application' }).click();
    await page.getByRole('heading', { name: 'Made', level: 1 }).waitFor();
    expect(faults).toEqual([]);
  });

  test('is asked for in the portal, and an endpoint that was added leads on', async () => {
    const { page, faults } = await openPortal('/endpoints/new');
    const url = page.getByLabel('URL');
    await url.fill('http://127.0.0.1:9/new');
    await page.getByRole('link', { name: 'Messages' }).click();
    await question(page).getByText('Your changes to the endpoint will be lost.').waitFor();
    await answer(page, 'Stay');
    // The beginning of the page is no other place.
    await page.getByRole('link', { name: 'Skip to the page' }).focus();
    await page.keyboard.press('Enter');
    expect(await url.inputValue()).toBe('http://127.0.0.1:9/new');
    expect(await question(page).count()).toBe(0);
    await page.getByRole('button', { name: 'Add the endpoint' }).click();
    await page.getByRole('tab', { name: 'Test' }).waitFor();

    const payload = page.getByLabel('Payload');
    await payload.fill('{"typed": true}');
    await page.getByRole('tab', { name: 'Deliveries' }).click();
    await question(page).getByText('Your changes to the test event will be lost.').waitFor();
    await answer(page, 'Stay');
    await page.getByRole('button', { name: 'Send the test event' }).click();
    await page
      .getByRole('region', { name: 'Result' })
      .getByText(/Attempt 1/)
      .waitFor();
    await page.getByRole('tab', { name: 'Headers and authentication' }).click();
    await page.getByLabel('Header', { exact: true }).fill('X-Team');
    await page.getByLabel('Client certificate and private key').fill('PEM');
    await page.getByRole('link', { name: 'Endpoints' }).first().click();
    await question(page)
      .getByText('changes to the header and your changes to the certificates will be lost')
      .waitFor();
    await answer(page, 'Leave');
    await page.getByRole('heading', { name: 'Endpoints', level: 1 }).waitFor();
    expect(faults).toEqual([]);
  });

  async function stays(page: Page, here: string) {
    await answer(page, 'Stay');
    await waitFor(() => page.url() === here, 'the address of the form');
  }

  test('is asked for once, however often somebody goes back, and the address says where one is', async () => {
    const settings = `/applications/acme/endpoints/${endpoint}?tab=settings`;
    const { page, faults } = await open('/audit');
    await follow(page, '/applications');
    await follow(page, '/applications/acme');
    await follow(page, settings);
    const here = page.url();
    const description = page.getByLabel('Description');
    await description.fill('typed');
    const step = async (direction: 'back' | 'forward', to: string) => {
      await page.evaluate(`history.${direction}()`);
      await waitFor(() => new URL(page.url()).pathname === to, `the address of ${to}`);
    };
    await step('back', '/applications/acme');
    await question(page).waitFor();
    await step('back', '/applications');
    await stays(page, here);
    expect(await description.inputValue()).toBe('typed');

    // Forward again: nobody leaves.
    await step('back', '/applications/acme');
    await question(page).waitFor();
    await step('forward', new URL(here).pathname);
    await question(page).waitFor({ state: 'detached' });
    expect(await description.inputValue()).toBe('typed');

    await step('back', '/applications/acme');
    await question(page).waitFor();
    await step('back', '/applications');
    await answer(page, 'Leave');
    await page.getByRole('heading', { name: 'Applications', level: 1 }).waitFor();
    await step('back', '/audit');
    await page.getByRole('heading', { name: 'Audit', level: 1 }).waitFor();
    expect(faults).toEqual([]);
  });

  test('is not asked for any more once a save that was under way has saved it', async () => {
    const { page, faults } = await open(`/applications/acme/endpoints/${other}?tab=settings`);
    const held = Promise.withResolvers<void>();
    await page.route('**/api/v1/**', async (route) => {
      if (route.request().method() !== 'GET') await held.promise;
      await route.continue();
    });
    await page.getByLabel('Description').fill('saved');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('link', { name: 'Event types' }).click();
    await question(page).waitFor();
    held.resolve();
    // It is saved, so nothing holds the visitor.
    await page.getByRole('heading', { name: 'Event types', level: 1 }).waitFor();
    await question(page).waitFor({ state: 'detached' });
    expect(await server.api('GET', `/app/acme/endpoint/${other}`)).toMatchObject({
      description: 'saved',
    });

    const made = Promise.withResolvers<void>();
    await page.unrouteAll();
    await page.route('**/api/v1/event-type', async (route) => {
      await made.promise;
      await route.continue();
    });
    await page.getByRole('button', { name: 'New event type' }).click();
    const panel = page.getByRole('dialog', { name: 'New event type' });
    await panel.getByLabel('Name').fill('made.meanwhile');
    await panel.getByRole('button', { name: 'Create the event type' }).click();
    await page.keyboard.press('Escape');
    await question(page).waitFor();
    made.resolve();
    await question(page).waitFor({ state: 'detached' });
    await panel.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'made.meanwhile' }).waitFor();
    expect(faults).toEqual([]);
  });

  test('is the key that is shown once, until somebody says that it is kept', async () => {
    const { page, faults } = await open('/api-keys');
    const panel = page.getByRole('dialog', { name: 'New API key' });
    await page.getByRole('button', { name: 'New API key' }).click();
    await panel.getByLabel('Name').fill('importer');
    await panel.getByRole('button', { name: 'Create the key' }).click();
    const key = panel.getByRole('region', { name: 'API key' });
    await key.waitFor();
    await waitFor(
      async () => (await page.locator(':focus').textContent())?.includes('Copy it now'),
      'the focus on what is new',
    );
    for (const leave of [
      () => page.keyboard.press('Escape'),
      () => page.mouse.click(10, 400),
      () => page.evaluate("__TSR_ROUTER__.history.push('/audit')"),
    ]) {
      await leave();
      await question(page)
        .getByText('The key, which is never shown again, will be lost.')
        .waitFor();
      await answer(page, 'Stay');
      await key.waitFor();
    }
    await panel.getByRole('button', { name: 'I have copied the key' }).click();
    await panel.waitFor({ state: 'detached' });
    expect(await question(page).count()).toBe(0);
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('heading', { name: 'Audit', level: 1 }).waitFor();
    expect(faults).toEqual([]);
  });

  test('outlasts what somebody else saves, and another kind of authentication asks for it', async () => {
    const path = `/app/acme/endpoint/${other}`;
    const { page, faults } = await open(`/applications/acme/endpoints/${other}?tab=request`);
    const headers = page.getByLabel('Signature headers');
    await headers.fill('X-Mine: {signature}');
    await page.getByLabel('User name').fill('mine');
    await server.api('PUT', `${path}/signature`, {
      headers: { 'X-Theirs': '{signature}' },
      content: '{body}',
    });
    await server.api('PUT', `${path}/authentication`, { type: 'bearer', token: 'theirs' });
    // Somebody comes back to the window.
    await waitFor(async () => {
      await page.evaluate("window.dispatchEvent(new Event('visibilitychange'))");
      return (
        (await page.getByText('X-Theirs').isVisible()) &&
        (await page.getByText('Requests carry your bearer token').isVisible())
      );
    }, 'what somebody else saved');
    expect(await headers.inputValue()).toBe('X-Mine: {signature}');
    expect(await page.getByLabel('User name').inputValue()).toBe('mine');

    const kind = page.getByLabel('Kind');
    await kind.selectOption('Bearer token');
    await question(page).getByText('Your changes to the authentication will be lost.').waitFor();
    await answer(page, 'Stay');
    expect(await kind.inputValue()).toBe('basic');
    expect(await page.getByLabel('User name').inputValue()).toBe('mine');
    await kind.selectOption('Bearer token');
    await answer(page, 'Leave');
    await page.getByRole('textbox', { name: 'Token' }).waitFor();
    // What is left is that of the other form.
    await page.getByRole('link', { name: 'Audit' }).click();
    await question(page).getByText('Your changes to the signature will be lost.').waitFor();
    await answer(page, 'Leave');
    await page.getByRole('heading', { name: 'Audit', level: 1 }).waitFor();
    await server.api('DELETE', `${path}/signature`);
    await server.api('DELETE', `${path}/authentication`);
    expect(faults).toEqual([]);
  });

  test('a page that says that something is removed moves no more', async () => {
    const path = `/app/acme/endpoint/${other}`;
    await server.api('PUT', `${path}/authentication`, { type: 'bearer', token: 's3cret' });
    const { page, faults } = await open(`/applications/acme/endpoints/${other}?tab=request`);
    await page.getByText('Requests carry your bearer token').waitFor();
    await page.getByLabel('Kind').selectOption('OAuth 2 (client credentials)');
    await page.getByLabel('Token URL').waitFor();
    const held = Promise.withResolvers<void>();
    await page.route(/\/(oauth|mtls|signature)(-config)?$/, async (route) => {
      await held.promise;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Remove the authentication' }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: 'Remove the authentication' })
      .click();
    await page.getByText('Requests are signed, and have no Authorization header').waitFor();
    expect(await page.getByLabel('Token URL').count()).toBe(0);
    expect(await page.getByLabel('User name').isVisible()).toBe(true);
    held.resolve();
    await page.getByText('The authentication is removed').waitFor();
    expect(faults).toEqual([]);
  });
});
