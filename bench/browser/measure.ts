import type { Browser, Page } from 'playwright-core';
import { type Figure, figure, median } from '../figure.ts';
import { fillDatabase } from '../fill-database.ts';
import type { Result } from '../report.ts';
import { type Settings, Stage } from '../stage.ts';
import { launchChromium } from '../../test/support/chromium.ts';
import { type Act, type MeasuredPage, consolePages, portalPages } from './pages.ts';
import { openUnloggedTab } from './unlogged-tab.ts';

/** Measures each page of console and portal over many messages, in a browser with an empty cache. */
export async function measureBrowser(settings: Settings): Promise<Result> {
  const stage = new Stage(settings);
  const filled = await fillDatabase(stage);
  const server = await stage.startServer();
  const access = `/auth/app-portal-access/${filled.applicationId}`;
  const portal = await server.call<{ token: string }>('POST', access, {});
  const visits: readonly Visit[] = [
    ...consolePages(filled).map((page) => ({ page, token: server.token, face: 'console' })),
    ...portalPages(filled).map((page) => ({ page, token: portal.token, face: 'portal' })),
  ];
  const figures: Figure[] = [figure('messages', settings.messages, '')];
  const faults: string[] = [];
  const browser = await launchChromium();
  try {
    figures.push(
      figure('a page of one word, first content', await firstContentOfAWord(browser), 'ms'),
    );
    for (const visit of visits) {
      try {
        figures.push(...(await figuresOf(browser, `http://127.0.0.1:${server.port}`, visit)));
      } catch (error) {
        const [reason] = String(error).split('\n');
        faults.push(`${visit.page.name}: ${reason}`);
      }
    }
  } finally {
    await browser.close();
  }
  await server.stop();
  await stage.close();
  return { scenario: 'browser', figures, faults };
}

interface Visit {
  readonly page: MeasuredPage;
  readonly token: string;
  readonly face: string;
}

const TIMES = 5;
const DEADLINE_MS = 30_000;
const WINDOW = { width: 1280, height: 900 };

async function figuresOf(browser: Browser, url: string, visit: Visit): Promise<Figure[]> {
  const { name } = visit.page;
  const seen: Seen[] = [];
  for (let n = 0; n < TIMES; n++) seen.push(await look(browser, url, visit));
  return [
    figure(`${name}, first content`, median(seen.map((one) => one.firstContentMs)), 'ms', {
      atMost: 200,
    }),
    figure(`${name}, rows`, median(seen.map((one) => one.rowsMs)), 'ms', { atMost: 200 }),
    figure(`${name}, CPU of the page`, median(seen.map((one) => one.cpuMs)), 'ms'),
    ...(visit.page.acts ?? []).map((act, index) =>
      figure(`${name}, ${act.name}`, median(seen.map((one) => one.actMs[index] ?? NaN)), 'ms', {
        atMost: 100,
      }),
    ),
  ];
}

interface Seen {
  readonly firstContentMs: number;
  /** The time until the page shows its main content. */
  readonly rowsMs: number;
  /** The CPU time of the page's main thread until then, which does not depend on other load of the machine. */
  readonly cpuMs: number;
  readonly actMs: readonly number[];
}

/** Loads the page with an empty cache, and measures the acts of a person in a second load. */
async function look(browser: Browser, url: string, visit: Visit): Promise<Seen> {
  const { page, token, face } = visit;
  const script = `${inPage(page.content)}
    if (location.protocol === 'http:')
      sessionStorage.setItem('posthaste-${face}', ${JSON.stringify(token)});`;
  const shown = await load(browser, url + page.path, script);
  return { ...shown, actMs: await act(browser, url, page, script) };
}

async function load(browser: Browser, url: string, script: string): Promise<Omit<Seen, 'actMs'>> {
  const tab = await openUnloggedTab(browser, WINDOW);
  try {
    await tab.beforeAll(script);
    await tab.goto(url);
    const rowsMs = await tab.evaluate<number>('shown');
    const firstContentMs = await tab.evaluate<number>('firstContent');
    return { rowsMs, firstContentMs, cpuMs: await tab.cpuMs() };
  } finally {
    await tab.close();
  }
}

async function act(
  browser: Browser,
  url: string,
  { path, acts = [] }: MeasuredPage,
  script: string,
): Promise<number[]> {
  if (acts.length === 0) return [];
  const tab = await browser.newPage({ viewport: WINDOW });
  try {
    tab.setDefaultTimeout(DEADLINE_MS);
    await tab.addInitScript(script);
    await tab.goto(url + path);
    await tab.evaluate<number>('shown');
    const actMs: number[] = [];
    for (const one of acts) actMs.push(await time(tab, one));
    return actMs;
  } finally {
    await tab.close();
  }
}

/** The time for a page with one word: the least that browser and machine need now. */
async function firstContentOfAWord(browser: Browser): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < TIMES; n++) {
    const tab = await browser.newPage();
    await tab.addInitScript(inPage('p'));
    await tab.goto('data:text/html,<p>word');
    times.push(await tab.evaluate<number>('firstContent'));
    await tab.close();
  }
  return median(times);
}

/** The time from the key or click until its result is painted. */
async function time(tab: Page, { target, types, keys, shows, text }: Act): Promise<number> {
  if (target !== undefined && keys !== undefined) await tab.focus(target);
  if (types !== undefined) await tab.keyboard.type(types);
  // Requests of the act before must have ended.
  await tab.waitForLoadState('networkidle');
  await tab.evaluate(`watch(${JSON.stringify(shows)}, ${JSON.stringify(text ?? '')})`);
  if (keys !== undefined) await tab.keyboard.press(keys);
  else await tab.click(target ?? 'body');
  return tab.evaluate<number>('done');
}

/** The script that runs in the page before its own scripts. */
function inPage(content: string): string {
  return `
    const has = (selector, text) => {
      const found = document.querySelector(selector);
      return found !== null && found.textContent.includes(text);
    };
    const painted = (selector, text) => new Promise((resolve, reject) => {
      const end = performance.now() + ${DEADLINE_MS};
      const look = () => requestAnimationFrame(() => {
        if (has(selector, text)) requestAnimationFrame(() => resolve(performance.now()));
        else if (performance.now() < end) look();
        else reject(new Error(selector + ' does not come'));
      });
      look();
    });
    window.firstContent = new Promise((resolve) => {
      new PerformanceObserver((list) => {
        for (const { name, startTime } of list.getEntries())
          if (name === 'first-contentful-paint') resolve(startTime);
      }).observe({ type: 'paint', buffered: true });
    });
    window.shown = painted(${JSON.stringify(content)}, '');
    window.watch = (selector, text) => {
      const begun = new Promise((resolve) => {
        for (const kind of ['keydown', 'pointerdown'])
          addEventListener(kind, (event) => resolve(event.timeStamp), { capture: true, once: true });
      });
      window.done = begun.then(async (at) => (await painted(selector, text)) - at);
    };`;
}
