import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { type Config, type LogLevel, shownDatabase } from '../config/config.ts';
import { DEFAULT_ORGANIZATION } from '../operations/operations.ts';
import { run } from './run.ts';

const TOKEN_FILE = join('data', 'dev-token');
const LOOPBACK = ['127.0.0.0/8', '::1/128'];

/** Runs a server for trying Posthaste on this machine, and prints how to use it. */
export async function dev(given: Config): Promise<void> {
  const config: Config = {
    ...given,
    roles: ['api', 'worker'],
    jwtSecret: given.jwtSecret ?? randomBytes(32).toString('base64'),
    corsOrigins: given.corsOrigins ?? ['*'],
    allowNetworks: [...LOOPBACK, ...given.allowNetworks],
  };
  let token = '';
  await run(config, prettyLog(config.logLevel), {
    signsInHere: true,
    async started({ tokens }, address) {
      if (tokens === null || address === null) throw new Error('dev has a secret and an address');
      token = await tokens.issue({ organizationId: DEFAULT_ORGANIZATION });
      writeToken(token);
      process.stdout.write(banner(config, address, token));
    },
    stopped: () => removeToken(token),
  });
}

function prettyLog(level: LogLevel): Logger {
  const stream = pretty({
    colorize: process.stdout.isTTY,
    ignore: 'pid,hostname',
    singleLine: true,
    sync: true,
    translateTime: 'SYS:HH:MM:ss.l',
  });
  return pino({ level }, stream);
}

function banner(config: Config, address: string, token: string): string {
  // The demo is a program of the repository, and runs from its sources.
  const inRepository = existsSync(new URL('../../src/', import.meta.url));
  const next = inRepository ? '  next      npm run demo   (in a second terminal)\n\n' : '';
  const ready = Math.round(performance.now());
  return `
  Posthaste is ready on ${address}   (${ready} ms)

  console   ${address}
  reference ${address}/docs
  database  ${shownDatabase(config.database)}
  token     ${token}
            (also in ${TOKEN_FILE}, valid while this runs)

${next}  Create an application:

curl -H "Authorization: Bearer $(cat ${TOKEN_FILE})" \\
  --json '{"name": "Acme"}' ${address}/api/v1/app

  Ctrl-C stops.

`;
}

function writeToken(token: string): void {
  mkdirSync(dirname(TOKEN_FILE), { recursive: true });
  // Writing to an existing file would keep the file's mode.
  rmSync(TOKEN_FILE, { force: true });
  writeFileSync(TOKEN_FILE, token, { mode: 0o600, flag: 'wx' });
}

function removeToken(token: string): void {
  try {
    // Another `dev` in the same folder may have written its own token there.
    if (readFileSync(TOKEN_FILE, 'utf8') === token) rmSync(TOKEN_FILE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
