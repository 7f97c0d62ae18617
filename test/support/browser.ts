import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { CHROMIUM, launchChromium } from './chromium.ts';
import { whyNoProgram } from './debian.ts';
import { describeUnlessMissing } from './describe-unless-missing.ts';

/** A `describe` whose tests use Debian's Chromium, which is installed first where the user may install packages. */
export function describeWithChromium(name: string, tests: (browser: () => Browser) => void): void {
  describeUnlessMissing(name, whyNoProgram(CHROMIUM, 'chromium'), () => {
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
