import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A small file system. Only root may mount one. */
export interface SmallDisk {
  readonly folder: string;
  resize(bytes: number): void;
  readOnly(): void;
  remove(): void;
}

/** Returns null when this user may not mount, or the machine cannot. */
export function mountSmallDisk(bytes: number): SmallDisk | null {
  const folder = mkdtempSync(join(tmpdir(), 'posthaste-disk-'));
  const mount = (options: string, ...rest: string[]) =>
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, ...rest, 'tmpfs', folder], {
      stdio: 'ignore',
    });
  try {
    mount(`size=${bytes}`);
  } catch {
    rmdirSync(folder);
    return null;
  }
  return {
    folder,
    resize: (size) => mount(`remount,size=${size}`),
    readOnly: () => mount('remount,ro'),
    remove() {
      execFileSync('umount', [folder]);
      rmdirSync(folder);
    },
  };
}
