import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

/**
 * Compares the table of rooms in CONTRIBUTING.md to the imports in `src/`. The linter refuses imports that the table
 * does not allow; this test notices when the table, or the configuration of the linter, no longer matches the code.
 */
const root = join(import.meta.dirname, '../..');

test('CONTRIBUTING names every room, and each room imports exactly what its row says', () => {
  expect(importsBetweenRooms()).toEqual(allowedByTable());
});

test('parts get settings by name: none gets the whole configuration, which has secrets', () => {
  const files = globSync('src/**/*.ts', { cwd: root, exclude: ['**/*.test.ts'] });
  const spread = files.filter((file) => SPREAD.test(readFileSync(join(root, file), 'utf8')));
  expect(spread).toEqual([]);
});

test('the pages about the inside name files and folders that exist', () => {
  const files = globSync(
    ['{src,faces,test,bench,apps,bin}/**/*', '*.{md,ts,json}', '{docs,deploy}/**/*'],
    {
      cwd: root,
      exclude: (name) => /(^|\/)(node_modules|dist)$/.test(name),
    },
  );
  const paths = files.map((file) => `/${file}`);
  const missing = INSIDE_PAGES.flatMap((page) => {
    const names = readFileSync(join(root, page), 'utf8').matchAll(NAME_OF_FILE);
    return [...names].flatMap(([, name = '']) =>
      EXAMPLE_NAME.test(name) || paths.some((path) => path.endsWith(`/${name.replace(/\/$/, '')}`))
        ? []
        : [`${page}: ${name}`],
    );
  });
  expect(missing).toEqual([]);
});

/** For each room of the table, the rooms and files that it may import. */
function allowedByTable(): Map<string, string[]> {
  const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `(\w+)\/` +\|.*\| ([^|]*?) +\|$/gm)];
  return new Map(
    rows.map(([, room = '', targets = '']) => [
      room,
      [...targets.matchAll(/`([^`]+)`/g)].map(([, target = '']) => target).toSorted(),
    ]),
  );
}

function importsBetweenRooms(): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  const src = join(root, 'src');
  for (const file of globSync('*/**/*.ts', { cwd: src }).toSorted()) {
    const room = roomOf(file);
    if (file.endsWith('.test.ts') || room === PUTS_TOGETHER) continue;
    const targets = found.get(room) ?? new Set();
    found.set(room, targets);
    const text = readFileSync(join(src, file), 'utf8');
    for (const [, specifier = ''] of text.matchAll(IMPORT)) {
      const target = relative(src, join(src, dirname(file), specifier));
      if (roomOf(target) !== room)
        targets.add(OPEN_ROOMS.has(roomOf(target)) ? roomOf(target) : target);
    }
  }
  return new Map([...found].map(([room, targets]) => [room, [...targets].toSorted()]));
}

function roomOf(file: string): string {
  return file.split('/')[0] ?? file;
}

/** The room that puts the others together: it may import everything, so it has no row. */
const PUTS_TOGETHER = 'app';
const IMPORT = /(?:from|import|import\()\s*'(\.[^']+)'/g;
const SPREAD = /\.\.\.(?:options\.)?config\b/;
/** The rooms of which others may import every file; of the rest, only their contracts. */
const OPEN_ROOMS = new Set(['domain', 'config']);
const INSIDE_PAGES = [
  'CONTRIBUTING.md',
  'docs/architecture.md',
  'src/storage/sqlite/README.md',
  'src/storage/postgres/README.md',
];
/** A name in backticks with an extension, or with a slash at its end. */
const NAME_OF_FILE = /`([\w./-]+(?:\.(?:tsx?|md|json)|\/))`/g;
/** Names of files that a reader would make: `domain/x.ts`, `storage.NAME.test.ts`. */
const EXAMPLE_NAME = /(^|\/)x\b|NAME/;
