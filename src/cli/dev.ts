import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { logOutput } from '../app/app.ts';
import { type Config, type LogLevel, shownDatabase } from '../config/config.ts';
import { DEV_INBOX_FILE, DEV_TOKEN_FILE, DEV_URL_FILE } from '../config/connection.ts';
import { createFolder } from '../create-folder.ts';
import { DEFAULT_ORGANIZATION } from '../operations/operations.ts';
import { run } from './run.ts';
import { UserError } from './user-error.ts';

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
  const output = logOutput();
  await run(config, prettyLog(config.logLevel, output), {
    signsInHere: true,
    withInbox: true,
    async started({ tokens, inboxPath }, address) {
      if (tokens === null || address === null) throw new Error('dev has a secret and an address');
      token = await tokens.issue({ organizationId: DEFAULT_ORGANIZATION });
      const inbox = `${address}${inboxPath}`;
      writeConnection({ token, address, inbox });
      output.write(banner(config, address, token, inbox));
    },
    stopped: () => removeConnection(token),
  });
}

function prettyLog(level: LogLevel, destination: ReturnType<typeof logOutput>): Logger {
  const stream = pretty({
    colorize: process.stdout.isTTY,
    destination,
    ignore: 'pid,hostname',
    singleLine: true,
    sync: true,
    translateTime: 'SYS:HH:MM:ss.l',
  });
  return pino({ level }, stream);
}

function banner(config: Config, address: string, token: string, inbox: string): string {
  // The demo exists only in the repository, where it runs from the sources.
  const inRepository = existsSync(new URL('../../src/', import.meta.url));
  const next = inRepository ? '  next      npm run demo   (in a second terminal)\n\n' : '';
  const ready = Math.round(performance.now());
  return `
  Posthaste is ready on ${address}   (${ready} ms)

  console   ${address}
  reference ${address}/docs
  inbox     ${inbox}
            (open it and press "Send an event": a verified delivery)
  database  ${shownDatabase(config.database)}
  token     ${token}
            (also in ${DEV_TOKEN_FILE}, valid while this runs)

${next}  Create an application:

curl -H "Authorization: Bearer $(cat ${DEV_TOKEN_FILE})" \\
  --json '{"name": "Acme"}' ${address}/api/v1/app

  Ctrl-C stops.

`;
}

/** Writes token, address and inbox to files, for the command and other programs in this folder. */
function writeConnection(dev: { token: string; address: string; inbox: string }): void {
  try {
    createFolder(dirname(DEV_TOKEN_FILE));
    writeFiles(dev);
  } catch (error) {
    throw new UserError(
      `the files for other commands cannot be written: ${(error as Error).message}`,
    );
  }
}

function writeFiles(dev: { token: string; address: string; inbox: string }): void {
  for (const [file, text] of [
    [DEV_INBOX_FILE, dev.inbox],
    [DEV_URL_FILE, dev.address],
    [DEV_TOKEN_FILE, dev.token],
  ] as const) {
    // Remove an existing file first: writing to it would keep its mode.
    rmSync(file, { force: true });
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
  }
}

function removeConnection(token: string): void {
  try {
    // Another `dev` in the same folder may have written its own token there.
    if (readFileSync(DEV_TOKEN_FILE, 'utf8') !== token) return;
    rmSync(DEV_TOKEN_FILE);
    for (const file of [DEV_URL_FILE, DEV_INBOX_FILE]) rmSync(file, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
