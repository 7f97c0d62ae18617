import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const PICTURE_LIMIT = 150 * 1024;

test('README: links lead to files of the repository, and pictures are small', () => {
  const links = [...README.matchAll(/(!?)\[[^\]]*\]\((?!https?:)([^)#]+)\)/g)];
  expect(links.length).toBeGreaterThan(15);
  for (const [link, mark, path = ''] of links) {
    const file = statSync(join(ROOT, path), { throwIfNoEntry: false });
    expect({ link, isThere: file !== undefined }).toEqual({ link, isThere: true });
    if (mark === '!') expect(file?.size).toBeLessThan(PICTURE_LIMIT);
  }
});

test('README: the commands are scripts of package.json, and show the three systems', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = [...README.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
  expect(named).toEqual(expect.arrayContaining(['demo:calls', 'demo:ip']));
  for (const name of named) expect(Object.keys(scripts)).toContain(name);
  for (const app of ['call-center', 'call-provider', 'ip-notifier']) {
    expect(README).toContain(`(apps/${app}/README.md)`);
  }
});
