import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { CHROMIUM, launchChromium } from './chromium.ts';
import { installDebianPackages } from './debian.ts';

/**
 * A `describe` whose tests use Debian's Chromium, installed first where that may be done. Where
 * there is none the tests are skipped and say so; with CI=true they fail.
 */
export function describeWithChromium(name: string, tests: (browser: () => Browser) => void): void {
  const reason = existsSync(CHROMIUM) ? undefined : installDebianPackages(['chromium']);
  const missing = reason && `skipped: no Chromium here; install it (${reason})`;
  if (missing && process.env['CI'] === 'true') throw new Error(missing);
  // oxlint-disable-next-line vitest/valid-title, vitest/valid-describe-callback
  describe.skipIf(missing)(missing ? `${name} (${missing})` : name, () => {
    let browser: Browser | undefined;
    beforeAll(async () => {
      browser = await launchChromium();
    });
    afterAll(() => browser?.close());
    tests(() => {
      if (!browser)
        throw new Error('Chromium has not started yet: ask for it in a test or a hook.');
      return browser;
    });
  });
}
