import type { Route } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithChromium } from '../../test/support/browser.ts';
import { follow } from './follow.ts';
import { PICTURES, createLook } from './look.ts';
import { type Installation, openPage, startInstallation } from './start.ts';

interface Made {
  readonly id: string;
}

/** `EP`, `MSG` and `TASK` are of the application `acme`. */
const PAGES = {
  console: [
    '/',
    '/applications',
    '/applications/acme',
    '/applications/acme/endpoints/EP',
    '/applications/acme/endpoints/EP?tab=repair',
    '/applications/acme/endpoints/EP?tab=filters',
    '/applications/acme/endpoints/EP?tab=transformation',
    '/applications/acme/endpoints/EP?tab=request',
    '/applications/acme/messages/MSG',
    '/messages?app=acme',
    '/undelivered',
    '/repair?app=acme',
    '/tasks',
    '/tasks/TASK',
    '/event-types',
    '/event-types?name=a.b',
    '/operational-webhooks',
    '/api-keys',
    '/audit',
    '/audit?operation=none',
    '/settings',
  ],
  portal: [
    '',
    '/endpoints/EP',
    '/endpoints/EP?tab=activity',
    '/endpoints/EP?tab=repair',
    '/endpoints/EP?tab=transformation',
    '/endpoints/EP?tab=request',
    '/messages',
    '/messages/MSG',
    '/activity',
    '/event-types',
  ],
} as const;
type Face = keyof typeof PAGES;
/** What they show stands in the page, and is not read. */
const READ_NOTHING = /tab=(filters|repair)/;
/** What is never empty. */
const FULL = /acme|audit$|TASK|name=/;
/** What differs from another of them in its address alone, while nothing is answered. */
const SAME = /operation=none$/;
/** The same in both faces: looked at in the portal, and in both for pictures. */
const SHARED = /^\/applications.*tab=(transformation|request)/;

describeWithChromium('each page says', (browser) => {
  let server: Installation;
  let endpoint: string;
  let message: string;
  let task: string;

  beforeAll(async () => {
    server = await startInstallation();
  });
  afterAll(() => server.stop());

  async function open(face: Face, app = 'acme') {
    const { url } =
      face === 'console'
        ? server
        : await server.api<{ url: string }>('POST', `/auth/app-portal-access/${app}`, {});
    const opened = await openPage(browser(), url, { reducedMotion: 'reduce' });
    await opened.page.getByRole('heading', { level: 1 }).waitFor();
    return { ...opened, look: createLook(opened.page) };
  }

  function addressOf(face: Face, path: string): string {
    const named = path.replace('EP', endpoint).replace('MSG', message).replace('TASK', task);
    return `${face === 'portal' ? '/portal' : ''}${named}`;
  }

  test('that there is nothing yet, and what would bring something', MANY, async () => {
    const { page, faults, look } = await open('console');
    const lookAt = async (face: Face, paths: readonly string[], { page, look } = opened) => {
      for (const path of paths) {
        await follow(page, addressOf(face, path));
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.locator('main').locator(WAITS).first().waitFor({ state: 'detached' });
        if (PICTURES !== undefined) await page.waitForLoadState('networkidle');
        await look.at(`empty ${face} ${path}`, 'briefly');
      }
    };
    const opened = { page, look };
    await lookAt(
      'console',
      PAGES.console.filter((path) => !FULL.test(path)),
    );
    await server.api('POST', '/app', { name: 'Acme', uid: 'acme' });
    const portal = await open('portal');
    await portal.page.getByText('No endpoint yet').waitFor();
    await portal.look.at('empty portal', 'briefly');
    ({ id: endpoint } = await server.api<Made>('POST', '/app/acme/endpoint', {
      url: 'http://127.0.0.1:9/hook',
      disabled: true,
    }));
    const ofAcme = (path: string) => /acme|^\/./.test(path) && !path.includes('MSG');
    if (PICTURES !== undefined) {
      await lookAt(
        'console',
        PAGES.console.filter((path) => path.includes('acme') && ofAcme(path)),
      );
    }
    await lookAt('portal', PAGES.portal.filter(ofAcme), portal);
    const all = [...faults, ...portal.faults];
    expect(all).toEqual([]);
    expect([...look.findings, ...portal.look.findings]).toEqual([]);
  });

  test.for(['console', 'portal'] as const)(
    'that it waits, and then what failed and how to go on: the %s',
    MANY,
    async (face) => {
      const input = { eventType: 'a.b', payload: {} };
      message ??= (await server.api<Made>('POST', '/app/acme/msg', input)).id;
      task ??= (await server.api<Made>('POST', `/app/acme/endpoint/${endpoint}/recover`, SINCE)).id;
      const { page, faults, look } = await open(face);
      let held: Route[] = [];
      let isFailing = false;
      await page.route(
        // Who is signed in is known, and which endpoint a tab is of.
        ({ pathname }) =>
          pathname.startsWith('/api/') && !/whoami$|\/endpoint\/ep_\w+$/.test(pathname),
        (route) => (isFailing ? void fail(route) : void held.push(route)),
      );
      for (const path of PAGES[face]) {
        if (READ_NOTHING.test(path) || path.endsWith('/EP') || SAME.test(path)) continue;
        if (SHARED.test(path) && PICTURES === undefined) continue;
        isFailing = false;
        await page.goto(server.url + addressOf(face, path));
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.locator(WAITS).first().waitFor();
        if (PICTURES !== undefined) await look.at(`loading ${face} ${path}`);
        isFailing = true;
        await Promise.all(held.map(fail));
        held = [];
        await page.getByText('The disk is full').first().waitFor();
        await page.locator(WAITS).first().waitFor({ state: 'detached' });
        // Each error has its way out.
        const retries = page.getByRole('alert').getByRole('button', { name: 'Try again' });
        expect(await page.getByRole('alert').count()).toBe(await retries.count());
        // Every page shows errors by the same part: one stands for all, but for pictures.
        if (PICTURES !== undefined || path === PAGES[face][0]) {
          await look.at(`failing ${face} ${path}`, 'briefly');
        }
      }
      expect(faults.filter((fault) => !fault.includes('503'))).toEqual([]);
      expect(look.findings).toEqual([]);
    },
  );
});

const SINCE = { since: new Date(Date.now() - 3_600_000).toISOString() };
/** Pictures take minutes. */
const MANY = PICTURES === undefined ? {} : { timeout: 900_000 };
const WAITS = '.mantine-Skeleton-root';

async function fail(route: Route): Promise<void> {
  const body = JSON.stringify({ code: 'storage', detail: 'The disk is full' });
  // A page that was left waits for no answer.
  await route.fulfill({ status: 503, contentType: 'application/json', body }).catch(() => {});
}
