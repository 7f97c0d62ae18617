import { execFile } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { type Profiles, changeProfiles, profilesFile, readProfiles } from './profiles.ts';

const PROFILES = {
  profiles: { default: { server: 'https://example.com', token: 'secret' } },
  current: 'default',
};

test('only the owner can read the written file, and a file that others can read is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'profiles-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const env = { XDG_CONFIG_HOME: join(folder, 'deep/config') };
  const file = changeProfiles(() => PROFILES, env);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
  expect(readProfiles(env)).toEqual(PROFILES);
  chmodSync(file, 0o640);
  expect(() => readProfiles(env)).toThrow('others can read it: run chmod 600');
});

test.each(['/proc/none', '/dev/null'])(
  'a folder that cannot be created is an error: %s',
  (place) => {
    const env = { XDG_CONFIG_HOME: place };
    expect(() => changeProfiles(() => PROFILES, env)).toThrow(
      expect.objectContaining({
        code: 'configuration',
        message: expect.stringContaining(`${place}/posthaste/profiles.json cannot be written: `),
      }),
    );
  },
);

test('a file that cannot be read is an error', () => {
  expect(() => readProfiles({ XDG_CONFIG_HOME: '/dev/null' })).toThrow(
    expect.objectContaining({
      code: 'configuration',
      message: expect.stringContaining('/dev/null/posthaste/profiles.json cannot be read: ENOTDIR'),
    }),
  );
});

function newEnv(): { readonly XDG_CONFIG_HOME: string } {
  const folder = mkdtempSync(join(tmpdir(), 'profiles-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'posthaste'));
  return { XDG_CONFIG_HOME: folder };
}

test.each([
  ['', 'is not JSON'],
  ['null', 'holds no object'],
  ['[]', 'holds no object'],
  ['{"profiles": null}', 'holds no profiles'],
  ['{"profiles": {"a": null}}', 'holds no server and token in the profile a'],
  [
    '{"profiles": {"a": {"server": "http://a.test"}}}',
    'holds no server and token in the profile a',
  ],
  ['{"profiles": {"a": {"server": "http://a.test", "token": 5}}}', 'in the profile a'],
  ['{"current": 5}', 'holds no name as the current profile'],
])('a file of another form is an error, and is kept: %s', (text, why) => {
  const env = newEnv();
  writeFileSync(profilesFile(env), text, { mode: 0o600 });
  expect(() => readProfiles(env)).toThrow(why);
  expect(() => changeProfiles(() => PROFILES, env)).toThrow(`${why}: mend or delete it`);
  expect(readdirSync(dirname(profilesFile(env)))).toEqual(['profiles.json']);
});

test('processes that write at the same time lose no change', async () => {
  const env = newEnv();
  const module = new URL('./profiles.ts', import.meta.url).href;
  const writing = ['a', 'b', 'c', 'd'].map((name) => {
    const code = `
      const { changeProfiles } = await import(${JSON.stringify(module)});
      const profile = { server: 'http://a.test', token: 'x' };
      for (let n = 0; n < 25; n++) {
        changeProfiles(({ profiles }) => ({ current: null, profiles: { ...profiles, ['${name}' + n]: profile } }));
      }`;
    const argv = ['--input-type=module', '-e', code];
    return promisify(execFile)(process.execPath, argv, { env: { ...process.env, ...env } });
  });
  await Promise.all(writing);
  expect(Object.keys(readProfiles(env).profiles)).toHaveLength(100);
});

test('a lock that a crash has left is taken over', () => {
  const env = newEnv();
  const lock = `${profilesFile(env)}.lock`;
  writeFileSync(lock, 'somebody');
  utimesSync(lock, 1, 1);
  changeProfiles(() => PROFILES, env);
  expect(readProfiles(env)).toEqual(PROFILES);
  expect(readdirSync(dirname(lock))).toEqual(['profiles.json']);
});

test('a process whose lock was taken over while it was suspended begins again', () => {
  const env = newEnv();
  const lock = `${profilesFile(env)}.lock`;
  const profile = { server: 'http://a.test', token: 'x' };
  const adding =
    (name: string) =>
    ({ profiles }: Profiles): Profiles => ({
      current: name,
      profiles: { ...profiles, [name]: profile },
    });
  const kept: (string | null)[] = [];
  changeProfiles((known) => {
    kept.push(known.current);
    if (kept.length === 1) {
      utimesSync(lock, 1, 1);
      changeProfiles(adding('other'), env);
    }
    return adding('own')(known);
  }, env);
  expect(kept).toEqual([null, 'other']);
  expect(readProfiles(env)).toEqual({ current: 'own', profiles: { other: profile, own: profile } });
  expect(readdirSync(dirname(lock))).toEqual(['profiles.json']);
});

test('the lock of another process is waited for, and not removed', () => {
  const env = newEnv();
  const lock = `${profilesFile(env)}.lock`;
  const soon = Date.now() / 1_000 + 3_600;
  expect(() =>
    changeProfiles(() => {
      writeFileSync(lock, 'somebody');
      utimesSync(lock, soon, soon);
      return PROFILES;
    }, env),
  ).toThrow('another process is writing it');
  expect(readProfiles(env).profiles).toEqual({});
  expect(readdirSync(dirname(lock))).toEqual(['profiles.json.lock']);
});

test('a relative path is ignored, as the XDG specification says', () => {
  const home = profilesFile({});
  expect(profilesFile({ XDG_CONFIG_HOME: 'here' })).toBe(home);
  expect(profilesFile({ XDG_CONFIG_HOME: '' })).toBe(home);
});
