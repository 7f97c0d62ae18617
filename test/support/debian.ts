import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

const POLICY = '/usr/sbin/policy-rc.d';

/**
 * Installs Debian packages of servers that tests start themselves, without starting the service
 * that comes with them. Returns why it could not, or undefined. Blocks, up to some minutes.
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

/**
 * Why a program that has no substitute is not there, after trying to install its package; undefined when it is
 * there. Throws in CI.
 */
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
    return false; // there is one already, as in most containers
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
