import { existsSync } from 'node:fs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createLog, logFile } from './log.ts';
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

test.skipIf(!existsSync('/dev/full'))('a full disk stops nobody, and is told once', () => {
  const told = vi.spyOn(console, 'error').mockReturnValue();
  onTestFinished(() => told.mockRestore());
  const log = createLog(logFile('/dev/full'));
  for (let count = 0; count < 1_000; count++) log.info('x'.repeat(1_000));
  expect(told.mock.calls).toEqual([
    [expect.stringMatching(/^the log file \/dev\/full cannot be written: ENOSPC/)],
  ]);
});
