import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { DEFAULT_SERVER, addressOf } from '../config/connection.ts';
import { changeProfiles, profileNamed, readProfiles } from '../config/profiles.ts';
import { PosthasteError } from '../domain/errors.ts';
import { createApiClient } from './api/api-client.ts';
import { expectSuccess } from './api/run-operation.ts';
import type { Io } from './io.ts';
import { textTable } from './text-table.ts';
import { UserError } from './user-error.ts';

export interface LoginRequest {
  readonly server?: string | undefined;
  readonly token?: string | undefined;
  readonly profile?: string | undefined;
}

/** Saves a server and a token, after checking the token, as the current profile. */
export async function login(request: LoginRequest, io: Io): Promise<void> {
  const { server: given = DEFAULT_SERVER, profile = 'default' } = request;
  const server = addressOf(given);
  if (profile === '') throw new UserError('--profile must be a name');
  const token = (request.token ?? (await askForToken(io))).trim();
  if (token === '')
    throw new UserError('a token is required: give --token, or write the token to standard input');
  const client = createApiClient({ server, token, source: 'the server' });
  const answer = await client.request({ method: 'GET', path: '/api/v1/auth/whoami' });
  const { envId, appId } = JSON.parse(expectSuccess(answer).text) as {
    envId: string;
    appId: string | null;
  };
  const file = changeProfiles(
    ({ profiles }) => ({
      profiles: { ...profiles, [profile]: { server, token } },
      current: profile,
    }),
    io.env,
  );
  const whom = appId === null ? envId : `the application ${appId}`;
  io.out(`${profile}: ${server} as ${whom}; saved in ${file}\n`);
}

export function listProfiles(io: Io): void {
  const { profiles, current } = readProfiles(io.env);
  const rows = Object.entries(profiles).map(([name, { server }]) => [
    name === current ? '*' : '',
    name,
    server,
  ]);
  if (rows.length === 0) io.out('there are no profiles; make one: posthaste login --server URL\n');
  else io.out(`${textTable([['', 'PROFILE', 'SERVER'], ...rows])}\n`);
}

export function useProfile(name: string, io: Io): void {
  changeProfiles((known) => {
    if (profileNamed(known, name) === undefined) throw unknown(name);
    return { ...known, current: name };
  }, io.env);
}

export function removeProfile(name: string, io: Io): void {
  changeProfiles((known) => {
    if (profileNamed(known, name) === undefined) throw unknown(name);
    const { [name]: _removed, ...profiles } = known.profiles;
    return { profiles, current: known.current === name ? null : known.current };
  }, io.env);
}

function unknown(name: string): PosthasteError {
  return new PosthasteError(
    'configuration',
    `there is no profile ${name}; list the profiles: posthaste profile list`,
  );
}

/** Reads the token from standard input; on a terminal the token is not shown. */
async function askForToken({ stdin, err }: Io): Promise<string> {
  const terminal = Boolean(stdin.isTTY);
  if (terminal) err('Token: ');
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: silent, terminal });
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
    if (terminal) err('\n');
  }
}
