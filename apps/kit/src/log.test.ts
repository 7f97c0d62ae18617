import { expect, test } from 'vitest';
import { logFile } from './log.ts';
import { SettingsError } from './settings.ts';

test.each([
  ['/proc/none/deep/app.log', /mkdir '\/proc\/none'/],
  ['/proc/app.log', /open '\/proc\/app\.log'/],
  ['/dev/null/app.log', /mkdir '\/dev\/null'/],
  ['/', /EISDIR/],
])('a log file at %s is refused with the reason', (path, reason) => {
  expect(() => logFile(path)).toThrow(SettingsError);
  expect(() => logFile(path)).toThrow(reason);
});
