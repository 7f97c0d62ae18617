import { rmSync } from 'node:fs';
import { pino } from 'pino';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { createApp } from '../../src/app/app.ts';
import { configFrom } from '../../src/config/config.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { newFolder } from '../../test/support/app.ts';
import { testBackends } from '../../test/support/test-backends.ts';
import { shared } from '../../test/support/shared.ts';
import { tellOfFailure } from './tell-of-failure.ts';

export interface Installation {
  readonly url: string;
  /** Of the organization. */
  readonly token: string;
  /** A request to its API; rejects on an error. */
  readonly api: <T>(method: string, path: string, body?: unknown) => Promise<T>;
  readonly stop: () => Promise<void>;
}

/** A whole installation as `posthaste dev` runs it, with faces built from the sources. */
export async function startInstallation(
  settings: Readonly<Record<string, string>> = {},
  clock?: Clock,
): Promise<Installation> {
  const { folder: facesFolder } = await shared('faces');
  const folder = newFolder();
  const app = createApp(
    configFrom({
      ...(await testBackends(folder)),
      allowNetworks: '127.0.0.0/8,::1',
      roles: 'api,worker',
      port: '0',
      jwtSecret: 'a secret of at least thirty-two bytes',
      ...settings,
    }),
    {
      log: pino({ level: process.env['TEST_LOG'] ?? 'silent' }),
      signsInHere: true,
      facesFolder,
      ...(clock && { clock }),
    },
  );
  const { address: url } = await app.start();
  if (url === null || app.tokens === null) throw new Error('there is no HTTP API');
  const token = await app.tokens.issue({ organizationId: DEFAULT_ORGANIZATION });
  return {
    url,
    token,
    async api<T>(method: string, path: string, body?: unknown): Promise<T> {
      const response = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return (text === '' ? undefined : JSON.parse(text)) as T;
    },
    async stop() {
      await app.stop(0);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

// A busy machine takes seconds for a step; only a failing test waits for its end.
const DEADLINE_MS = 30_000;

/**
 * A page of a visitor of whom the browser keeps nothing, and what went wrong in it: errors of scripts,
 * requests elsewhere. With `options`, even none, it is a page that no other test has used.
 */
export async function openPage(
  browser: Browser,
  url: string,
  options?: BrowserContextOptions,
): Promise<{ page: Page; faults: string[] }> {
  const page = options === undefined ? await takePage(browser) : await newPage(browser, options);
  page.setDefaultTimeout(DEADLINE_MS);
  tellOfFailure(page);
  const faults: string[] = [];
  page.on('console', (line) => line.type() === 'error' && faults.push(line.text()));
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => {
    const { origin } = new URL(request.url());
    if (origin !== new URL(url).origin) faults.push(`a request to ${origin}`);
  });
  await page.goto(url);
  return { page, faults };
}

async function newPage(browser: Browser, options: BrowserContextOptions): Promise<Page> {
  const page = await browser.newPage({ viewport: VIEWPORT, ...options });
  onTestFinished(() => page.close());
  return page;
}

const VIEWPORT = { width: 1280, height: 900 };
/** What tests listen to; the page listens to other events itself. */
const HEARD = ['console', 'pageerror', 'request', 'requestfailed', 'requestfinished', 'response'];
const unused = new WeakMap<Browser, Page>();

/** A new page begins with a process that has compiled nothing, which costs most of what a test costs. */
async function takePage(browser: Browser): Promise<Page> {
  const page = unused.get(browser) ?? (await browser.newPage({ viewport: VIEWPORT }));
  unused.delete(browser);
  onTestFinished(async () => {
    for (const event of HEARD) page.removeAllListeners(event);
    try {
      await page.unrouteAll();
      await page.evaluate('localStorage.clear(); sessionStorage.clear()');
      await page.context().clearCookies();
      await page.goto('about:blank');
      unused.set(browser, page);
    } catch {
      // It shows no page of ours.
      await page.close();
    }
  });
  return page;
}
