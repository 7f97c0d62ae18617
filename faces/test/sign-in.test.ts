import type { Route } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithChromium } from '../../test/support/browser.ts';
import { type Installation, openPage, startInstallation } from './start.ts';

describeWithChromium('signing in to the console', (browser) => {
  let server: Installation;
  beforeAll(async () => {
    server = await startInstallation();
  });
  afterAll(() => server.stop());

  test('on the machine of `dev` happens by itself', async () => {
    const { page, faults } = await openPage(browser(), server.url);
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    expect(await page.title()).toBe('Overview · Posthaste');
    expect(faults).toEqual([]);
  });

  test('shows the navigation before it is known who that is, and the page after it', async () => {
    const { page, faults } = await openPage(browser(), server.url);
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    const asked = Promise.withResolvers<Route>();
    await page.route('**/auth/whoami', (route) => asked.resolve(route));
    await page.goto(`${server.url}/messages`);
    const here = page.getByRole('navigation').getByRole('link', { name: 'Messages' });
    await here.waitFor();
    expect(await here.getAttribute('aria-current')).toBe('page');
    const title = page.getByRole('heading', { name: 'Messages', level: 1 });
    expect(await title.count()).toBe(0);
    await (await asked.promise).continue();
    await title.waitFor();
    // It was 22 once: a browser sends six requests at a time.
    expect(new Set(await page.evaluate<string[]>(SCRIPTS)).size).toBeLessThanOrEqual(10);
    expect(faults).toEqual([]);
  });

  test('elsewhere needs a token, which this tab alone keeps', async () => {
    const { page } = await openPage(browser(), server.url);
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    await page.route('**/sign-in', (route) => route.fulfill({ status: 403, body: '{}' }));
    await page.getByRole('button', { name: 'Sign out' }).click();
    const field = page.getByLabel('API key or token of the organization');
    const signIn = page.getByRole('button', { name: 'Sign in', exact: true });
    await field.fill('no token');
    await signIn.click();
    await page.getByRole('alert').waitFor();
    await field.fill(server.token);
    await signIn.click();
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    const kept = await page.evaluate<string>('JSON.stringify(localStorage) + document.cookie');
    expect(kept).not.toContain(server.token);
  });
});

const SCRIPTS =
  "performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.endsWith('.js'))";
