import { readFileSync, readdirSync } from 'node:fs';
import { ROOT } from './dockerfile.ts';

/** The files that an engine gets to see: those that `.dockerignore` does not hide, relative to the root. */
export function contextFiles(): string[] {
  const isHidden = createIgnore(readFileSync(new URL('.dockerignore', ROOT), 'utf8'));
  return filesIn('').filter((file) => !isHidden(file));
}

/** The last pattern that matches a path or one of its folders decides. */
export function createIgnore(text: string): (path: string) => boolean {
  const rules = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ hides: !line.startsWith('!'), form: form(line.replace(/^!/, '')) }));
  return (path) => rules.findLast((rule) => rule.form.test(path))?.hides ?? false;
}

/** `*` and `?` stay within a folder, `**` does not. */
function form(pattern: string): RegExp {
  const source = pattern
    .replace(/^\/|\/$/g, '')
    .replaceAll(/[.+^$()|{}]/g, '\\$&')
    .replaceAll(/\*\*\/?|\*|\?/g, (found) => FORMS[found] ?? '');
  return new RegExp(`^${source}(/|$)`);
}

const FORMS: Readonly<Record<string, string>> = {
  '**/': '(.*/)?',
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
};

function filesIn(folder: string): string[] {
  return readdirSync(new URL(folder, ROOT), { withFileTypes: true }).flatMap((entry) => {
    const path = folder + entry.name;
    // Large, and nothing the Dockerfile could mean.
    if (['.git', 'node_modules'].includes(entry.name)) return [];
    return entry.isDirectory() ? filesIn(`${path}/`) : [path];
  });
}
