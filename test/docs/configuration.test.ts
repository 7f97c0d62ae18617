import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  SETTINGS,
  type Setting,
  type SettingKey,
  environmentName,
  settingKeys,
} from '../../src/config/settings.ts';

const PAGE = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

function row(key: SettingKey): string[] {
  const { group, fallback, meaning, type }: Setting = SETTINGS[key];
  const shown = fallback ? `\`${fallback}\`` : 'none';
  return [group, `\`${environmentName(key)}\``, shown, meaning, type.description];
}

test('docs/configuration.md has the rows of the settings table, in their groups and order', () => {
  const rows: string[][] = [];
  let group = '';
  for (const line of PAGE.split('\n')) {
    if (line.startsWith('## ')) group = line.slice(3);
    if (!line.startsWith('| `POSTHASTE_')) continue;
    const cells = line.split('|').slice(1, -1);
    rows.push([group, ...cells.map((cell) => cell.trim())]);
  }
  expect(rows).toEqual(settingKeys.map(row));
});
