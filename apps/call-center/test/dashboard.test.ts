import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { freePorts } from '@posthaste/test-support/free-ports';
import { startReceiver } from '@posthaste/test-support/receiver';
import { waitFor } from '@posthaste/test-support/wait-for';
import { describeWithChromium } from '@posthaste/test-support/browser';
import { get, send, standby, start, temporaryFolder } from './start.ts';
import type { StartOptions } from './start.ts';

// A busy machine takes seconds for a step; only a failing test waits for its end.
const DEADLINE_MS = 30_000;

describeWithChromium('the dashboard', (browser) => {
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dashboard-'));
    // A process of its own: vitest's NODE_ENV would give the development build of React.
    await promisify(execFile)(
      process.execPath,
      [
        fileURLToPath(new URL('bin/vite.js', import.meta.resolve('vite/package.json'))),
        'build',
        '--outDir',
        folder,
      ],
      {
        cwd: join(import.meta.dirname, '..'),
        env: { ...process.env, NODE_ENV: 'production' },
      },
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('follows a call from waiting to completed without a reload', async () => {
    const { talk, hangUp } = conversations();
    const callCenter = await startWithDashboard({ 'rabbitmq-prefetch': 1, options: { talk } });
    onTestFinished(() => hangUp(Infinity));
    const { page, errors } = await open(callCenter.url);
    await page.getByText('No calls yet').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    let loads = 0;
    page.on('load', () => loads++);
    const shows = (digits: number, status: string) =>
      page
        .getByRole('row', { name: `(11) 1111-000${digits}` })
        .getByText(status)
        .waitFor();

    await send(callCenter, standby(1));
    await send(callCenter, standby(2));
    await shows(1, 'active');
    await shows(2, 'waiting');
    hangUp(1);
    await shows(1, 'completed');
    await shows(2, 'active');
    hangUp(1);
    await shows(2, 'completed');
    await page.getByRole('region', { name: 'Completed' }).getByText('2', { exact: true }).waitFor();
    await page.getByRole('region', { name: 'Waiting' }).getByText('0', { exact: true }).waitFor();
    await page.getByRole('group', { name: /^2 calls in the last 30 minutes/ }).waitFor();
    expect(loads).toBe(0);
    expect(errors).toEqual([]);
  });

  test('filters by status, extension and contact, and pages, all kept in the address', async () => {
    const callCenter = await startWithDashboard();
    for (let i = 1; i <= 11; i++) await send(callCenter, standby(i));
    await send(callCenter, standby(1));
    await allCompleted(callCenter, 12);
    const { page, errors } = await open(`${callCenter.url}/?limit=10`);
    const rows = page.locator('tbody tr');

    await page.getByText('1–10 of 12').waitFor();
    await waitFor(async () => (await rows.count()) === 10, 'ten rows');
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('11–12 of 12').waitFor();
    await waitFor(async () => (await rows.count()) === 2, 'two rows');
    expect(await page.getByRole('button', { name: 'Next' }).isDisabled()).toBe(true);

    await choose(page, 'Extension', '901');
    await page.getByText('1–1 of 1').waitFor();
    expect(await rows.allTextContents()).toEqual([expect.stringContaining('(11) 1111-0001')]);
    await choose(page, 'Extension', 'Both');
    // Else the next wait could end with what still stands there of the filter before.
    await page.getByText('1–10 of 12').waitFor();

    await page.getByLabel('Contact', { exact: true }).fill('0011');
    await page.getByText('1–1 of 1').waitFor();
    expect(await rows.allTextContents()).toEqual([expect.stringContaining('(11) 1111-0011')]);
    await page.reload();
    await page.getByText('1–1 of 1').waitFor();
    expect(await page.getByLabel('Contact', { exact: true }).inputValue()).toBe('0011');

    await choose(page, 'Status', 'Waiting');
    await page.getByText('No call matches these filters').waitFor();
    await page.goBack();
    await page.getByText('1–1 of 1').waitFor();
    await choose(page, 'Status', 'Waiting');
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await page.getByText('1–12 of 12').waitFor();
    expect(new URL(page.url()).search).toBe('');
    expect(errors).toEqual([]);
  });

  test('shows that it loads, that it fails, and goes on by itself', async () => {
    const callCenter = await startWithDashboard();
    await send(callCenter, standby(1));
    await allCompleted(callCenter, 1);
    const { page } = await open();
    let answer = (): void => {};
    const answered = new Promise<void>((resolve) => (answer = resolve));
    await page.route('**/calls?*', async (route) => {
      await answered;
      await route.fulfill({ status: 503, body: '[]' });
    });
    await page.goto(callCenter.url);
    await page.getByRole('status', { name: 'Loading' }).waitFor();
    expect(await page.locator('[aria-busy=true]').count()).toBe(1);
    answer();
    await page.getByRole('alert').getByText('The server could not answer').waitFor();
    await page.getByText('Connection lost').waitFor();
    await page.unroute('**/calls?*');
    await page.getByRole('row', { name: '(11) 1111-0001' }).waitFor();
  });

  test('keeps the calls when the connection is lost, says so, and catches up', async () => {
    const [port = 0] = await freePorts(1);
    const settings = {
      'server-port': port,
      'sqlite-file': join(temporaryFolder(), 'calls.db'),
    };
    const first = await startWithDashboard(settings);
    await send(first, standby(1));
    await allCompleted(first, 1);
    const { page } = await open(first.url);
    await page.getByRole('row', { name: '(11) 1111-0001' }).waitFor();
    await first.stop();
    await page.getByText('Connection lost').waitFor();
    await page.getByText(/^These are the calls as of \d/).waitFor();
    expect(await page.getByRole('row', { name: '(11) 1111-0001' }).count()).toBe(1);

    const second = await startWithDashboard(settings);
    await send(second, standby(2));
    await page.getByRole('row', { name: '(11) 1111-0002' }).getByText('completed').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
  });

  test('says that the calls stand still, also when only they have come', async () => {
    const callCenter = await startWithDashboard();
    await send(callCenter, standby(1));
    await allCompleted(callCenter, 1);
    const { page } = await open();
    await page.route('**/stats', (route) => route.abort());
    await page.goto(callCenter.url);
    await page.getByRole('row', { name: '(11) 1111-0001' }).waitFor();
    await page.getByText(/^These are the calls as of \d/).waitFor();
  });

  test('says that the provider is away, until it answers', async () => {
    const [port = 0] = await freePorts(1);
    const callCenter = await startWithDashboard({
      'webhook-server-url': `http://127.0.0.1:${port}/webhook`,
      options: { registrationRenewMs: 50 },
    });
    await waitFor(
      async () =>
        (await get<{ registrationFails: boolean }>(callCenter, '/stats')).registrationFails,
      'a registration that fails',
    );
    const { page, errors } = await open(callCenter.url);
    await page.getByRole('alert').getByText('The provider cannot be reached').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    const provider = await startReceiver(port);
    onTestFinished(() => provider.close());
    await waitFor(
      async () =>
        !(await get<{ registrationFails: boolean }>(callCenter, '/stats')).registrationFails,
      'the registration',
    );
    await send(callCenter, standby(1));
    await page.getByRole('alert').waitFor({ state: 'detached' });
    expect(errors).toEqual([]);
  });

  test('shows what a contact is made of, and obeys none of it', async () => {
    const callCenter = await startWithDashboard();
    const numbers = ['<b>1111</b>-01', '\u202e(11) 1111-010', '<img src=x>\u206600'];
    for (const contactNumber of numbers) {
      expect((await send(callCenter, { type: 'call.standby', contactNumber })).status).toBe(200);
    }
    const { page, errors } = await open(callCenter.url);
    for (const shown of ['<b>1111</b>-01', '\\u202e(11) 1111-010', '<img src=x>\\u206600']) {
      await page.getByRole('cell', { name: shown, exact: true }).waitFor();
    }
    expect(errors).toEqual([]);
  });

  test('a page that joins the stream of another misses nothing from before', async () => {
    const callCenter = await startWithDashboard();
    const { page: first } = await open(callCenter.url);
    await first.getByText('Live', { exact: true }).waitFor();
    await send(callCenter, standby(1));
    await allCompleted(callCenter, 1);
    const second = await first.context().newPage();
    const stale = { headers: { 'x-total-count': '0' }, json: [] };
    await second.route('**/calls?*', (route) => route.fulfill(stale), { times: 1 });
    await second.goto(callCenter.url);
    // By itself the page loads the calls anew after 20 s.
    const row = second.getByRole('row', { name: '(11) 1111-0001' });
    await row.waitFor({ timeout: 15_000 });
  });

  test('lives on with nothing but what it began with: no later part can fail to load', async () => {
    const callCenter = await startWithDashboard();
    const { page } = await open();
    let isLoaded = false;
    page.on('load', () => (isLoaded = true));
    await page.route('**/assets/*', (route) => {
      const isOfPage = ['script', 'stylesheet'].includes(route.request().resourceType());
      return isLoaded && isOfPage ? route.abort() : route.continue();
    });
    await page.goto(callCenter.url);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.locator('canvas').waitFor();
  });

  test('eight pages of one browser are live at once, over one stream', async () => {
    const feed = { maximumClients: 1 };
    const callCenter = await startWithDashboard({ options: { feed } });
    const context = await browser().newContext();
    onTestFinished(() => context.close());
    const pages: Page[] = [];
    for (let i = 0; i < 8; i++) {
      const page = await context.newPage();
      page.setDefaultTimeout(DEADLINE_MS);
      await page.goto(callCenter.url);
      await page.getByText('Live', { exact: true }).waitFor();
      pages.push(page);
    }
    await send(callCenter, standby(1));
    for (const page of pages) {
      await page.getByRole('row', { name: '(11) 1111-0001' }).getByText('completed').waitFor();
    }
    await pages.shift()?.close();
    await send(callCenter, standby(2));
    for (const page of pages) {
      await page.getByRole('row', { name: '(11) 1111-0002' }).getByText('completed').waitFor();
    }
  });

  test('without shared workers each page that is shown has a stream', async () => {
    // One for the page that is shown, and one that a page has just left: its end may arrive later.
    const callCenter = await startWithDashboard({ options: { feed: { maximumClients: 2 } } });
    const { page, errors } = await open();
    const others = [await page.context().newPage(), await page.context().newPage()];
    for (const one of [page, ...others]) {
      await one.addInitScript(`
        delete globalThis.SharedWorker;
        Object.defineProperty(document, 'hidden', { get: () => document.title === 'hidden' });
      `);
    }
    const entitle = (one: Page, title: 'hidden' | 'shown') =>
      one.evaluate(
        `document.title = '${title}'; document.dispatchEvent(new Event('visibilitychange'))`,
      );
    const last = others[1] as Page;
    for (const one of [page, ...others]) {
      await one.goto(callCenter.url);
      await one.getByText('Live', { exact: true }).waitFor();
      if (one !== last) await entitle(one, 'hidden');
    }
    await send(callCenter, standby(1));
    await last.getByRole('row', { name: '(11) 1111-0001' }).getByText('completed').waitFor();
    await entitle(last, 'hidden');
    await entitle(page, 'shown');
    await page.getByRole('row', { name: '(11) 1111-0001' }).getByText('completed').waitFor();
    await send(callCenter, standby(2));
    await page.getByRole('row', { name: '(11) 1111-0002' }).getByText('completed').waitFor();
    expect(errors).toEqual([]);
  });

  test('is worked by keyboard alone', async () => {
    const callCenter = await startWithDashboard();
    await send(callCenter, standby(1));
    await allCompleted(callCenter, 1);
    const { page } = await open(callCenter.url);
    await page.getByRole('row', { name: '(11) 1111-0001' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('Skip to the calls');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Use light colours' }).waitFor();
    await page.keyboard.press('Tab');
    for (let i = 0; i < 2; i++) await page.keyboard.press('ArrowLeft');
    await page
      .getByRole('status', { name: 'Minute' })
      .getByText(/\d:\d\d/)
      .waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    await page.getByText('No call matches these filters').waitFor();
    expect(await page.getByRole('radio', { name: 'Waiting' }).isChecked()).toBe(true);
  });

  test('has no finding of axe, and fits its window, in light and dark, wide and narrow', async () => {
    const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
    const { talk, hangUp } = conversations();
    const callCenter = await startWithDashboard({ options: { talk } });
    onTestFinished(() => hangUp(Infinity));
    for (let i = 1; i <= 4; i++) await send(callCenter, standby(i));
    hangUp(1);
    await allCompleted(callCenter, 1);
    const windows = [
      { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
      { colorScheme: 'dark', viewport: { width: 360, height: 740 } },
    ] as const;
    for (const window of windows) {
      const { page, errors } = await open(undefined, { ...window, reducedMotion: 'reduce' });
      const inspect = async (state: string) => {
        expect([state, await page.evaluate<boolean>(IS_TOO_WIDE)]).toEqual([state, false]);
        expect([state, await page.evaluate(CUT)]).toEqual([state, []]);
        await page.evaluate(axe);
        expect(await page.evaluate(RUN_AXE), `${state}, ${window.colorScheme}`).toEqual([]);
      };
      await page.goto(callCenter.url);
      await page.locator('canvas').waitFor();
      await page.getByRole('row', { name: '(11) 1111-0001' }).waitFor();
      await inspect('with calls');
      await page.goto(`${callCenter.url}/?number=9`);
      await page.getByText('No call matches these filters').waitFor();
      await inspect('without calls');
      expect(errors).toEqual([]);
      await page.route(/\/(calls|stats)\b/, (route) => route.abort());
      await page.goto(callCenter.url);
      await page.getByRole('alert').waitFor();
      await inspect('failing');
    }
  });

  test('has space for as many calls as there may be, on a telephone', async () => {
    const callCenter = await startWithDashboard();
    const { page } = await open(undefined, { viewport: { width: 320, height: 740 } });
    await page.route('**/stats', async (route) => {
      const response = await route.fetch();
      const text = await response.text();
      await route.fulfill({
        response,
        body: text.replaceAll('"completed":0', '"completed":123456789'),
      });
    });
    await page.goto(callCenter.url);
    await page.getByText('123,456,789', { exact: true }).waitFor();
    expect(await page.evaluate<boolean>(IS_TOO_WIDE)).toBe(false);
  });

  test('is as the picture in the documentation shows', async () => {
    const { talk, hangUp } = conversations();
    const callCenter = await startWithDashboard({ options: { talk } });
    onTestFinished(() => hangUp(Infinity));
    for (const digits of [1010, 2020, 3030, 1010, 4040, 2020, 1010, 5050, 3030, 6060]) {
      await send(callCenter, standby(digits));
    }
    hangUp(4);
    await allCompleted(callCenter, 4);
    const { page, errors } = await open(callCenter.url, { viewport: { width: 1280, height: 820 } });
    await page.locator('canvas').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByText('1–10 of 10').waitFor();
    const picture = fileURLToPath(new URL('../../../docs/call-center.png', import.meta.url));
    expect(existsSync(picture)).toBe(true);
    if (process.env['FACES_PICTURES'] === 'true') await page.screenshot({ path: picture });
    expect(errors).toEqual([]);
  });

  test('is served compressed, once and for all, under a policy without inline scripts', async () => {
    const callCenter = await startWithDashboard();
    const response = await fetch(callCenter.url);
    expect(response.headers.get('cache-control')).toBe('no-cache');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).not.toMatch(/unsafe|http|\*|data:/);
    const [, nonce = ''] = /'nonce-([\w+/=]{24})'/.exec(policy) ?? [];
    const html = await response.text();
    expect(html).toContain(`nonce="${nonce}"`);
    expect(html).not.toContain('CSP_NONCE');
    const again = await fetch(callCenter.url);
    expect(again.headers.get('content-security-policy')).not.toContain(nonce);

    const assets = [...html.matchAll(/\/assets\/[\w.-]+\.(?:js|css)/g)].map(([path]) => path);
    expect(assets.length).toBeGreaterThan(1);
    for (const path of assets) {
      for (const encoding of ['br', 'gzip']) {
        const asset = await fetch(callCenter.url + path, {
          headers: { 'accept-encoding': encoding },
        });
        expect(asset.headers.get('content-encoding')).toBe(encoding);
        expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      }
    }
    const sizes = readdirSync(join(folder, 'assets'))
      .filter((name) => name.endsWith('.br'))
      .map((name) => statSync(join(folder, 'assets', name)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(200_000);
    expect((await fetch(`${callCenter.url}/assets/..%2findex.html`)).status).toBeGreaterThan(399);
  });

  function startWithDashboard(options: StartOptions = {}) {
    return start({ ...options, options: { dashboardFolder: folder, ...options.options } });
  }

  async function open(url?: string, options: BrowserContextOptions = {}) {
    const context = await browser().newContext({
      viewport: { width: 1280, height: 800 },
      ...options,
    });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(DEADLINE_MS);
    const errors: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(error.message));
    if (url !== undefined) await page.goto(url);
    return { page, errors };
  }
});

async function allCompleted(callCenter: { url: string }, count: number): Promise<void> {
  await waitFor(
    async () => (await get(callCenter, '/calls?status=2')).length === count,
    `${count} completed calls`,
  );
}

async function choose(page: Page, group: string, option: string): Promise<void> {
  await page.getByRole('radiogroup', { name: group }).getByText(option, { exact: true }).click();
}

/** Calls that are over when somebody hangs up: the longest first. */
function conversations() {
  const underway: (() => void)[] = [];
  let owed = 0;
  return {
    talk: () =>
      new Promise<void>((resolve) => {
        if (owed > 0) {
          owed--;
          resolve();
        } else {
          underway.push(resolve);
        }
      }),
    hangUp: (count: number): void => {
      owed += count;
      for (; owed > 0 && underway.length > 0; owed--) underway.shift()?.();
    },
  };
}

// What runs in the page is text: the DOM's types are none of the server's.
const IS_TOO_WIDE = `
  [document.documentElement, ...document.querySelectorAll('.table-frame, .card')].some(
    (element) => element.scrollWidth > element.clientWidth,
  )`;

/** What cannot be read whole in the rows. What is hidden, and what stands in a line, has no width of its own. */
const CUT = `
  [...document.querySelectorAll('tbody td, tbody td *')]
    .filter(({ scrollWidth, clientWidth }) => clientWidth > 0 && scrollWidth > clientWidth)
    .map((cut) => cut.outerHTML)`;

const RUN_AXE = `axe.run({
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
}).then(({ violations }) =>
  violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html.slice(0, 200))]))`;
