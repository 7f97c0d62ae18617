import { tmpdir } from 'node:os';
import type { Page, Request } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { PICTURES } from './look.ts';

/** When the test fails: a picture of the page, its address, its console, and what it waits for. */
export function tellOfFailure(page: Page): void {
  const lines: string[] = [];
  const unanswered = new Set<Request>();
  page.on('console', (line) => lines.push(`${line.type()}: ${line.text()}`));
  page.on('pageerror', ({ stack }) => lines.push(String(stack)));
  page.on('request', (request) => unanswered.add(request));
  page.on('requestfinished', (request) => unanswered.delete(request));
  page.on('requestfailed', (request) => unanswered.delete(request));
  onTestFinished(async ({ task }) => {
    if (task.result?.state !== 'fail' || page.isClosed()) return;
    const path = `${PICTURES ?? tmpdir()}/failed-${task.name.replaceAll(/\W+/g, '-')}.png`;
    const picture = await page.screenshot({ path, timeout: 10_000 }).then(
      () => path,
      (error: unknown) => String(error),
    );
    const requests = [...unanswered].map((request) => `${request.method()} ${request.url()}`);
    console.error(
      [
        `"${task.name}" failed at ${page.url()}`,
        `Picture: ${picture}`,
        ...lines.slice(-50).map((line) => `Console: ${line}`),
        ...requests.map((request) => `No answer yet: ${request}`),
      ].join('\n'),
    );
  });
}
