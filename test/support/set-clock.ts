import { existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { installDebianPackages } from './debian.ts';

/** The wall clock of one process, which a test can set: Debian's libfaketime between it and libc. */
export interface SettableClock {
  /** For the process whose clock it is to be. */
  readonly env: Record<string, string>;
  /** The wall clock is ahead of the machine's by so much from now on. */
  set(aheadMs: number): void;
  remove(): void;
}

/** A `describe` whose tests set the clock of a process; skipped, or with CI=true failed, without the library. */
export function describeWithSettableClock(
  name: string,
  tests: (create: () => SettableClock) => void,
): void {
  const missing = whyMissing();
  if (missing !== undefined && process.env['CI'] === 'true') {
    // oxlint-disable-next-line vitest/valid-title
    test(name, () => {
      throw new Error(missing);
    });
    return;
  }
  // oxlint-disable-next-line vitest/valid-title, vitest/valid-describe-callback
  describe.skipIf(missing)(missing ? `${name} (${missing})` : name, () => tests(create));
}

function create(): SettableClock {
  const folder = mkdtempSync(join(tmpdir(), 'posthaste-clock-'));
  const file = join(folder, 'ahead');
  const set = (aheadMs: number) => {
    const seconds = aheadMs / 1_000;
    writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}\n`);
  };
  set(0);
  return {
    env: {
      LD_PRELOAD: libraryPath() ?? '',
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    set,
    remove: () => rmSync(folder, { recursive: true }),
  };
}

function libraryPath(): string | undefined {
  return globSync('/usr/lib/*/faketime/libfaketimeMT.so.1').find((path) => existsSync(path));
}

function whyMissing(): string | undefined {
  if (libraryPath() !== undefined) return undefined;
  const reason = installDebianPackages(['libfaketime']);
  return reason && `skipped: no libfaketime here; install it (${reason})`;
}
