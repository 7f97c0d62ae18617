import { existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installDebianPackages } from './debian.ts';
import { describeUnlessMissing } from './describe-unless-missing.ts';

/** The wall clock of one process, which a test can set. Debian's libfaketime stands between the process and libc. */
export interface SettableClock {
  /** The environment variables that give a process this clock. */
  readonly env: Record<string, string>;
  /** Sets the wall clock to `aheadMs` after the machine's; negative: before. */
  set(aheadMs: number): void;
  remove(): void;
}

/** A `describe` whose tests set the clock of a process. */
export function describeWithSettableClock(
  name: string,
  tests: (create: () => SettableClock) => void,
): void {
  describeUnlessMissing(name, whyMissing(), () => tests(create));
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
