import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { createFolder } from '../create-folder.ts';
import { PosthasteError } from '../domain/errors.ts';

/** A server that the command knows, with a token for it. */
export interface Profile {
  readonly server: string;
  readonly token: string;
}

export interface Profiles {
  readonly profiles: Readonly<Record<string, Profile>>;
  /** Used when none is named; null: there is none. */
  readonly current: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

const NONE: Profiles = { profiles: {}, current: null };

/** Throws `configuration` for a file that others can read, that can't be read, or that is not one of profiles. */
export function readProfiles(env: Environment = process.env): Profiles {
  const file = profilesFile(env);
  let text: string;
  try {
    const { mode } = statSync(file);
    // Windows has no such bits.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new PosthasteError(
        'configuration',
        `${file} holds tokens, and others can read it: run chmod 600 ${file}`,
      );
    }
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NONE;
    throw error instanceof PosthasteError ? error : unusable(file, 'read', error);
  }
  return profilesIn(text, file);
}

function profilesIn(text: string, file: string): Profiles {
  const broken = (why: string, cause?: unknown) =>
    new PosthasteError('configuration', `${file} ${why}: mend or delete it`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw broken('is not JSON', cause);
  }
  if (!isObject(value)) throw broken('holds no object');
  const { profiles = {}, current = null } = value;
  if (!isObject(profiles)) throw broken('holds no profiles');
  for (const [name, profile] of Object.entries(profiles)) {
    if (isObject(profile) && isText(profile['server']) && isText(profile['token'])) continue;
    throw broken(`holds no server and token in the profile ${name}`);
  }
  if (current !== null && !isText(current)) throw broken('holds no name as the current profile');
  return { profiles: profiles as Profiles['profiles'], current };
}

/** Undefined: no profile has this name. */
export function profileNamed({ profiles }: Profiles, name: string): Profile | undefined {
  return Object.hasOwn(profiles, name) ? profiles[name] : undefined;
}

/**
 * Changes the profiles of the file, one process after the other. Only the owner can read the file, and it is
 * whole or as it was before, whatever crashes. Answers its path. Throws `configuration` when it can't be written.
 *
 * A lock that a crash has left is taken over. So is that of a process that was stopped for so long: it sees that
 * the lock is no longer its own, and begins anew.
 */
export function changeProfiles(
  change: (profiles: Profiles) => Profiles,
  env: Environment = process.env,
): string {
  const file = profilesFile(env);
  try {
    createFolder(dirname(file), 0o700);
    changeLocked(file, () => change(readProfiles(env)));
    return file;
  } catch (error) {
    throw error instanceof PosthasteError ? error : unusable(file, 'written', error);
  }
}

function changeLocked(file: string, changed: () => Profiles): void {
  const startedMs = performance.now();
  const lock = `${file}.lock`;
  const id = randomUUID();
  const draft = `${file}.${id}`;
  try {
    do {
      takeLock(lock, id, startedMs);
      writeFileSync(draft, `${JSON.stringify(changed(), null, 2)}\n`, { mode: 0o600 });
    } while (!isHeldBy(id, lock));
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
    if (isHeldBy(id, lock)) rmSync(lock, { force: true });
  }
}

const LOCKED_WITHIN_MS = 2_000;
const LOOK_EVERY_MS = 20;

/** Waits while another process has the lock. */
function takeLock(lock: string, id: string, startedMs: number): void {
  for (;;) {
    try {
      return writeFileSync(lock, id, { mode: 0o600, flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (ageOf(lock) > LOCKED_WITHIN_MS) {
      const taken = `${lock}.${id}`;
      writeFileSync(taken, id, { mode: 0o600 });
      renameSync(taken, lock);
    } else if (performance.now() - startedMs > LOCKED_WITHIN_MS) {
      throw new Error('another process is writing it');
    }
    // When several processes take the lock over, the last one has it.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_EVERY_MS);
    if (isHeldBy(id, lock)) return;
  }
}

function isHeldBy(id: string, lock: string): boolean {
  try {
    return readFileSync(lock, 'utf8') === id;
  } catch {
    return false;
  }
}

function ageOf(file: string): number {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? 0 : Date.now() - found.mtimeMs;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function unusable(file: string, act: 'read' | 'written', cause: unknown): PosthasteError {
  const reason = (cause as Error).message;
  return new PosthasteError('configuration', `${file} cannot be ${act}: ${reason}`, { cause });
}

/** By the XDG Base Directory Specification, under which relative paths are ignored. */
export function profilesFile(env: Environment = process.env): string {
  const configured = env['XDG_CONFIG_HOME'] ?? '';
  const base = isAbsolute(configured) ? configured : join(homeFolder(), '.config');
  return join(base, 'posthaste', 'profiles.json');
}

/** Also where `HOME` is empty: then the home of the user. */
function homeFolder(): string {
  const home = homedir();
  return isAbsolute(home) ? home : userInfo().homedir;
}
