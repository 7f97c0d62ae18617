import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
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

/** Throws `configuration` for a file that others can read, or that is not one of profiles. */
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
    throw error;
  }
  try {
    return { ...NONE, ...(JSON.parse(text) as Partial<Profiles>) };
  } catch (cause) {
    throw new PosthasteError('configuration', `${file} is not JSON: mend or delete it`, { cause });
  }
}

/** Only the owner can read the file, and it is whole or as it was before, whatever crashes. */
export function writeProfiles(profiles: Profiles, env: Environment = process.env): string {
  const file = profilesFile(env);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(profiles, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
  return file;
}

/** By the XDG Base Directory Specification. */
export function profilesFile(env: Environment = process.env): string {
  const configured = env['XDG_CONFIG_HOME'];
  const base =
    configured === undefined || configured === '' ? join(homedir(), '.config') : configured;
  return join(base, 'posthaste', 'profiles.json');
}
