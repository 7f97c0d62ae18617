import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { destination } from 'pino';
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
  const folder = mkdtempSync(join(tmpdir(), 'posthaste-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const stream = logFile('/dev/full') as ReturnType<typeof destination>;
  const log = createLog(stream);
  for (let count = 0; count < 1_000; count++) log.info('x'.repeat(1_000));
  const away = expect.stringMatching(/^the log file \/dev\/full cannot be written: ENOSPC/);
  expect(told.mock.calls).toEqual([[away]]);

  // As if there was space again: the first lines were kept, and no more than so many.
  const file = join(folder, 'app.log');
  stream.reopen(file);
  log.info('at last');
  expect(told.mock.calls).toEqual([[away], ['the log file /dev/full is written again']]);
  const kept = statSync(file).size;
  expect(kept).toBeGreaterThan(100_000);
  expect(kept).toBeLessThan(300_000);
});
