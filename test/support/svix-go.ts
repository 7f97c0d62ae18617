import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('../e2e/svix-go/main.go', import.meta.url));
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/svix-go/', import.meta.url));
const BUILD_DEADLINE_MS = 120_000;

/** The installed version of Go, such as `go1.26.8`; null: Go is not installed. */
export async function goVersion(): Promise<string | null> {
  try {
    return (await execute('go', ['env', 'GOVERSION'])).stdout.trim();
  } catch {
    return null;
  }
}

/**
 * Builds the program with a version of the Go module `svix-webhooks` and returns its path. Later calls with the same
 * Go find the program in the cache.
 */
export async function buildSvixGo(go: string, version: string): Promise<string> {
  const key = createHash('sha256')
    .update(`${go}\n${version}\n${await readFile(PROGRAM, 'utf8')}`)
    .digest('hex')
    .slice(0, 16);
  const folder = join(CACHE, key);
  const program = join(folder, 'operations');
  if (existsSync(program)) return program;
  // Renamed when it is complete, so that an interrupted build is not taken for a complete one.
  const unfinished = `${folder}-${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    await copyFile(PROGRAM, join(unfinished, 'main.go'));
    const required = `require github.com/svix/svix-webhooks v${version}`;
    await writeFile(join(unfinished, 'go.mod'), `module operations\n\ngo 1.23\n\n${required}\n`);
    await execute('go', ['build', '-mod=mod', '-o', 'operations', '.'], {
      cwd: unfinished,
      timeout: BUILD_DEADLINE_MS,
      env: { ...process.env, GOTOOLCHAIN: 'local' },
    });
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return program;
}
