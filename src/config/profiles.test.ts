import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readProfiles, writeProfiles } from './profiles.ts';

const PROFILES = {
  profiles: { default: { server: 'https://example.com', token: 'secret' } },
  current: 'default',
};

test('only the owner can read what is written, and a file that others can read is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'profiles-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const env = { XDG_CONFIG_HOME: join(folder, 'deep/config') };
  const file = writeProfiles(PROFILES, env);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
  expect(readProfiles(env)).toEqual(PROFILES);
  chmodSync(file, 0o640);
  expect(() => readProfiles(env)).toThrow('others can read it: run chmod 600');
});

test.each(['/proc/none', '/dev/null'])('a place that cannot be made is an error: %s', (place) => {
  const env = { XDG_CONFIG_HOME: place };
  expect(() => writeProfiles(PROFILES, env)).toThrow(
    expect.objectContaining({
      code: 'configuration',
      message: expect.stringContaining(`${place}/posthaste/profiles.json cannot be written: `),
    }),
  );
});

test('so is a file that cannot be read', () => {
  expect(() => readProfiles({ XDG_CONFIG_HOME: '/dev/null' })).toThrow(
    expect.objectContaining({
      code: 'configuration',
      message: expect.stringContaining('/dev/null/posthaste/profiles.json cannot be read: ENOTDIR'),
    }),
  );
});
