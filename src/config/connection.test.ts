import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DEV_TOKEN_FILE, findConnection } from './connection.ts';

/** Creates a folder in which `dev` runs, and the profiles of its user. */
function setUp(profiles: string, mode = 0o600) {
  const cwd = mkdtempSync(join(tmpdir(), 'connection-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  mkdirSync(join(cwd, 'data'));
  writeFileSync(join(cwd, DEV_TOKEN_FILE), 'dev token');
  mkdirSync(join(cwd, 'posthaste'));
  writeFileSync(join(cwd, 'posthaste/profiles.json'), profiles, { mode });
  return { cwd, env: { XDG_CONFIG_HOME: cwd } };
}

test.each([
  ['a profile that is gone', '{"profiles": {}, "current": "gone"}', 0o600],
  ['profiles that are not JSON', 'x', 0o600],
  ['profiles that others can read', '{}', 0o644],
])('the server of `dev` is used in spite of %s', (_, profiles, mode) => {
  const context = setUp(profiles, mode);
  expect(findConnection({}, context)).toMatchObject({ token: 'dev token' });
  // A named profile must be read.
  expect(() => findConnection({ profile: 'gone' }, context)).toThrow(/profile/);
  expect(() => findConnection({ server: 'https://example.com' }, context)).toThrow(/profile|token/);
});
