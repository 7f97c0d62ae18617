import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** The version of this package, wherever it was built to. */
export const VERSION = readVersion();

function readVersion(): string {
  const file = findPackageJSON(import.meta.url);
  if (file === undefined) throw new Error('the package.json of posthaste is missing');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
