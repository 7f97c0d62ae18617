import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { freePorts } from '@posthaste/test-support/free-ports';
import { waitFor } from '@posthaste/test-support/wait-for';
import { describeWithChromium } from '@posthaste/test-support/browser';
import { get, send, standby, start, temporaryFolder } from './start.ts';
import type { StartOptions } from './start.ts';

const DEADLINE_MS = 10_000;

describeWithChromium('the dashboard', (browser) => {
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dashboard-'));
    await build({
      configFile: join(import.meta.dirname, '../vite.config.ts'),
      build: { outDir: folder },
      logLevel: 'warn',
    });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('follows a call from waiting to completed without a reload', async () => {
    const callCenter = await startWithDashboard({
      'rabbitmq-prefetch': 1,
      options: { durationsMs: { 900: 600, 901: 600 } },
    });
    const { page, errors } = await open(callCenter.url);
    await page.getByText('No calls yet').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    let loads = 0;
    page.on('load', () => loads++);

    await page.evaluate(WATCH_STATUSES);
    await send(callCenter, standby(1));
    await send(callCenter, standby(2));
    const second = page.getByRole('row', { name: '(11) 1111-0002' });
    await second.getByText('completed').waitFor();
    const seen = await page.evaluate<Record<string, string[]>>('seen');
    expect(seen['(11) 1111-0002']).toEqual(['waiting', 'active', 'completed']);
    expect(await page.getByTestId('count-completed').textContent()).toBe('2');
    expect(await page.getByTestId('count-waiting').textContent()).toBe('0');
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
    const rows = page.locator('tbody tr:not(.placeholder)');

    await page.getByText('1–10 of 12').waitFor();
    await waitFor(async () => (await rows.count()) === 10, 'ten rows');
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('11–12 of 12').waitFor();
    await waitFor(async () => (await rows.count()) === 2, 'two rows');
    expect(await page.getByRole('button', { name: 'Next' }).isDisabled()).toBe(true);

    await page.getByLabel('901').check({ force: true });
    await page.getByText('1–1 of 1').waitFor();
    expect(await rows.allTextContents()).toEqual([expect.stringContaining('(11) 1111-0001')]);
    await page.getByLabel('All ext.').check({ force: true });
    // Else the next wait could end with what still stands there of the filter before.
    await page.getByText('1–10 of 12').waitFor();

    await page.getByLabel('Contact').fill('0011');
    await page.getByText('1–1 of 1').waitFor();
    expect(await rows.allTextContents()).toEqual([expect.stringContaining('(11) 1111-0011')]);
    await page.reload();
    await page.getByText('1–1 of 1').waitFor();
    expect(await page.getByLabel('Contact').inputValue()).toBe('0011');

    await page.getByLabel('waiting').check({ force: true });
    await page.getByText('No call matches these filters').waitFor();
    await page.goBack();
    await page.getByText('1–1 of 1').waitFor();
    await page.getByLabel('waiting').check({ force: true });
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
    await page.getByText('Loading the calls…').waitFor({ state: 'attached' });
    expect(await page.getByRole('table').getAttribute('aria-busy')).toBe('true');
    answer();
    await page.getByRole('alert').getByText('The calls cannot be loaded').waitFor();
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
    await page.getByText(/Connection lost, retrying… Shown as of \d\d:\d\d:\d\d/).waitFor();
    expect(await page.getByRole('row', { name: '(11) 1111-0001' }).count()).toBe(1);

    const second = await startWithDashboard(settings);
    await send(second, standby(2));
    await page.getByRole('row', { name: '(11) 1111-0002' }).getByText('completed').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
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

  test('without shared workers each page has a stream of its own', async () => {
    const callCenter = await startWithDashboard();
    const { page, errors } = await open();
    await page.addInitScript('delete globalThis.SharedWorker');
    await page.goto(callCenter.url);
    await page.getByText('Live', { exact: true }).waitFor();
    await send(callCenter, standby(1));
    await page.getByRole('row', { name: '(11) 1111-0001' }).getByText('completed').waitFor();
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
    for (let i = 0; i < 2; i++) await page.keyboard.press('ArrowLeft');
    await page.locator('.readout strong').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    await page.getByText('No call matches these filters').waitFor();
    expect(await page.getByLabel('waiting').isChecked()).toBe(true);
  });

  test.each([
    { width: 1280, height: 800 },
    { width: 360, height: 740 },
  ])('fits a window of $width × $height', async (viewport) => {
    const callCenter = await startWithDashboard();
    await send(callCenter, standby(1));
    await allCompleted(callCenter, 1);
    const { page } = await open(callCenter.url, viewport);
    await page.getByRole('row', { name: '(11) 1111-0001' }).waitFor();
    const tooWide = await page.evaluate<boolean>(IS_TOO_WIDE);
    expect(tooWide).toBe(false);
  });

  function startWithDashboard(options: StartOptions = {}) {
    return start({ ...options, options: { dashboardFolder: folder, ...options.options } });
  }

  async function open(url?: string, viewport = { width: 1280, height: 800 }) {
    const context = await browser().newContext({ viewport });
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

// What runs in the page is text: the DOM's types are none of the server's.
const IS_TOO_WIDE = `
  [document.documentElement, ...document.querySelectorAll('.scroll')].some(
    (element) => element.scrollWidth > element.clientWidth,
  )`;

/** Notes each status that a row shows. */
const WATCH_STATUSES = `
  globalThis.seen = {};
  new MutationObserver(() => {
    for (const row of document.querySelectorAll('tbody tr')) {
      const statuses = (seen[row.querySelector('th')?.textContent ?? ''] ??= []);
      const status = row.querySelector('.status')?.textContent ?? '';
      if (statuses.at(-1) !== status) statuses.push(status);
    }
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
`;
