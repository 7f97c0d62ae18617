import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PosthasteError } from '../domain/errors.ts';
import { profileNamed, readProfiles } from './profiles.ts';
import { CONNECTION_VARIABLES } from './variables.ts';

/** The server that the command asks, and the token for it. */
export interface Connection {
  /** Without a slash at the end. */
  readonly server: string;
  readonly token: string;
  /** The server in words, for errors: `the server of the profile staging`. */
  readonly source: string;
}

export interface ConnectionFlags {
  readonly server?: string | undefined;
  readonly token?: string | undefined;
  readonly profile?: string | undefined;
}

export const DEFAULT_SERVER = 'http://127.0.0.1:8071';

const THE_SERVER = 'the server';

/** Files that `dev` writes while it runs. */
export const DEV_TOKEN_FILE: string = join('data', 'dev-token');
export const DEV_URL_FILE: string = join('data', 'dev-url');
export const DEV_INBOX_FILE: string = join('data', 'dev-inbox');

/** The address of the inbox of the `dev` server in this folder; null when none runs. */
export function devInbox(cwd: string): string | null {
  return readIfThere(join(cwd, DEV_INBOX_FILE));
}

/**
 * Finds server and token, in this order: flags, environment, a named profile, the `dev` server of this folder, the
 * current profile. A token is sent only to the server that it belongs to. Throws `configuration` with the next
 * step.
 */
export function findConnection(
  flags: ConnectionFlags,
  {
    env = process.env,
    cwd = process.cwd(),
  }: { env?: Readonly<Record<string, string | undefined>>; cwd?: string } = {},
): Connection {
  const server = flags.server ?? nonEmpty(env[CONNECTION_VARIABLES.server]);
  const token = flags.token ?? nonEmpty(env[CONNECTION_VARIABLES.token]);
  const named = flags.profile ?? nonEmpty(env[CONNECTION_VARIABLES.profile]);
  if (token !== undefined && server !== undefined) {
    return { server: addressOf(server), token, source: THE_SERVER };
  }
  const asked = server === undefined ? undefined : addressOf(server);
  const found = candidates(named, env, cwd).find(
    (candidate) => asked === undefined || candidate.server === asked,
  );
  if (token !== undefined) {
    return { server: DEFAULT_SERVER, source: THE_SERVER, ...found, token };
  }
  if (found !== undefined) return found;
  throw error(
    asked === undefined
      ? 'No server is configured. Start one here: posthaste dev; or save one: posthaste login --server URL'
      : `There is no token for ${asked}. Give one with --token or POSTHASTE_TOKEN, or save one: posthaste login --server ${asked}`,
  );
}

/** The candidates in order. Profiles are read last, so that errors in them don't matter when `dev` runs. */
function* candidates(
  named: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Generator<Connection> {
  if (named === undefined) yield* devConnection(cwd);
  const known = readProfiles(env);
  const name = named ?? known.current;
  if (name === null) return;
  const profile = profileNamed(known, name);
  if (profile === undefined) {
    throw error(`There is no profile ${name}. Make one: posthaste login --profile ${name}`);
  }
  yield { ...profile, source: `the server of the profile ${name}` };
}

/** The address of a server. Throws `configuration` when the text is not an address. */
export function addressOf(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw error(`${text} is not the address of a server: https://… or http://…`);
  }
  if (`${url.username}${url.password}${url.search}${url.hash}` !== '') {
    throw error('The address of a server must not have a user, a query or a fragment');
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** A token. Throws `configuration` when a header can't carry it; the error does not show it, as it may be a real token. */
export function tokenOf(text: string): string {
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw error(
    'The token is empty or contains a character that tokens never have: was it copied completely?',
  );
}

function devConnection(cwd: string): Connection[] {
  const token = readIfThere(join(cwd, DEV_TOKEN_FILE));
  if (token === null) return [];
  const server = readIfThere(join(cwd, DEV_URL_FILE)) ?? DEFAULT_SERVER;
  return [{ server, token, source: 'posthaste dev of this folder' }];
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function error(message: string): PosthasteError {
  return new PosthasteError('configuration', message);
}
