import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HttpApp, startHttpApp } from '../support/http-app.ts';

const ROOT = join(import.meta.dirname, '../..');
const TEXT = readFileSync(join(ROOT, 'llms.txt'), 'utf8');

let app: HttpApp;
beforeAll(async () => {
  app = await startHttpApp();
});
afterAll(() => app.close());

test('llms.txt names every page of the documentation, as the README does', () => {
  const pages = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  const linked = [...TEXT.matchAll(/\]\(docs\/([\w-]+\.md)\)/g)].map(([, name]) => name);
  expect(new Set(linked)).toEqual(new Set(pages));
});

test('a server serves llms.txt and the pages to which it links', async () => {
  const index = await fetch(`${app.url}/llms.txt`);
  expect(await index.text()).toBe(TEXT);
  const page = await fetch(new URL('docs/command.md', index.url));
  expect(page.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
  expect(await page.text()).toMatch(/^# The command/);
  for (const path of ['docs/none.md', 'docs/..%2fpackage.json', 'docs/%2e%2e%2fREADME.md']) {
    expect([path, (await fetch(`${app.url}/${path}`)).status]).toEqual([path, 404]);
  }
});
