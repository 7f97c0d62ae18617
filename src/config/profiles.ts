import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
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
  try {
    return { ...NONE, ...(JSON.parse(text) as Partial<Profiles>) };
  } catch (cause) {
    throw new PosthasteError('configuration', `${file} is not JSON: mend or delete it`, { cause });
  }
}

/**
 * Only the owner can read the file, and it is whole or as it was before, whatever crashes. Throws
 * `configuration` when it can't be written.
 */
export function writeProfiles(profiles: Profiles, env: Environment = process.env): string {
  const file = profilesFile(env);
  const draft = `${file}.${process.pid}`;
  try {
    createFolder(dirname(file), 0o700);
    writeFileSync(draft, `${JSON.stringify(profiles, null, 2)}\n`, { mode: 0o600 });
    renameSync(draft, file);
  } catch (error) {
    throw unusable(file, 'written', error);
  }
  return file;
}

function unusable(file: string, act: 'read' | 'written', cause: unknown): PosthasteError {
  const reason = (cause as Error).message;
  return new PosthasteError('configuration', `${file} cannot be ${act}: ${reason}`, { cause });
}

/** By the XDG Base Directory Specification. */
export function profilesFile(env: Environment = process.env): string {
  const configured = env['XDG_CONFIG_HOME'];
  const base =
    configured === undefined || configured === '' ? join(homedir(), '.config') : configured;
  return join(base, 'posthaste', 'profiles.json');
}
