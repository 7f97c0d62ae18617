import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

const POLICY = '/usr/sbin/policy-rc.d';

/**
 * Installs Debian packages without starting their services: tests start servers themselves. Returns the reason when
 * that fails. Blocks for up to some minutes.
 */
export function installDebianPackages(names: readonly string[]): string | undefined {
  if (!existsSync('/usr/bin/apt-get')) return 'this is not Debian';
  if (process.getuid?.() !== 0) return 'only root may install packages';
  const forbidsServices = forbidServices();
  try {
    try {
      aptGet('install', '--no-install-recommends', ...names);
    } catch {
      aptGet('update');
      aptGet('install', '--no-install-recommends', ...names);
    }
    return undefined;
  } catch (error) {
    return `apt-get failed: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    if (forbidsServices) rmSync(POLICY, { force: true });
  }
}

/** Installs the package of the program where it is missing. Returns the reason when that fails; in CI it throws. */
export function whyNoProgram(path: string, packageName: string): string | undefined {
  if (existsSync(path)) return undefined;
  const reason = installDebianPackages([packageName]);
  if (reason !== undefined && process.env['CI'] === 'true') throw new Error(reason);
  return reason && `skipped: no ${packageName} here (${reason})`;
}

function forbidServices(): boolean {
  try {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' });
    return true;
  } catch {
    return false; // most containers have such a policy already
  }
}

function aptGet(...args: string[]): void {
  // Another test file may be installing at the same time.
  execFileSync('apt-get', ['-y', '-q', '-o', 'DPkg::Lock::Timeout=300', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 600_000,
  });
}
