import { describe } from 'vitest';

/**
 * A `describe` that needs something which a machine may lack. `missing` says why it is not there: then the tests are
 * skipped with the reason in their title, and with CI=true their file fails.
 */
export function describeUnlessMissing(
  name: string,
  missing: string | undefined,
  tests: () => void,
): void {
  if (missing !== undefined && process.env['CI'] === 'true') throw new Error(missing);
  // oxlint-disable-next-line vitest/valid-title, vitest/valid-describe-callback
  describe.skipIf(missing)(missing === undefined ? name : `${name} (${missing})`, tests);
}
