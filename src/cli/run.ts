import type { Logger } from 'pino';
import { type App, createApp } from '../app/app.ts';
import type { Config } from '../config/config.ts';
import { UserError } from './user-error.ts';
import { collectWhenIdle } from './runtime/collect-when-idle.ts';
import { stopSignal } from './stop-signal.ts';

const STOP_WITHIN_MS = 20_000;
const SLOW_START_MS = 2_000;
const STILL_STARTING =
  'still starting: the database cannot be reached yet, or takes long to open or to migrate';

export interface RunHooks {
  /** See `AppOptions`. */
  readonly signsInHere?: boolean;
  started(app: App, address: string | null): Promise<void> | void;
  stopped?(): void;
  readonly withInbox?: boolean;
}

/** Runs the server until the first stop signal, then ends the process. Throws when it can't start. */
export async function run(config: Config, log: Logger, hooks: RunHooks): Promise<never> {
  exitOnDefect(log);
  collectWhenIdle();
  const signal = stopSignal();
  const { signsInHere = false, withInbox = false } = hooks;
  const app = createApp(config, { log, signsInHere, withInbox });
  const starting = started(app, hooks, log);
  try {
    // A signal must also stop a server that still waits for its database.
    await Promise.race([starting, signal]);
  } catch (error) {
    await stopInTime(app);
    throw explained(error, config);
  }
  const received = await signal;
  log.info(
    { signal: received },
    'stopping: finishing attempts in flight; a second signal exits at once',
  );
  const inTime = await stopInTime(app);
  hooks.stopped?.();
  if (inTime) log.info('stopped');
  else log.error('could not stop in time; attempts in flight are repeated after the next start');
  process.exit(inTime ? 0 : 1);
}

async function started(app: App, hooks: RunHooks, log: Logger): Promise<void> {
  const timer = setTimeout(() => log.warn(STILL_STARTING), SLOW_START_MS);
  try {
    const { address, metricsAddress } = await app.start();
    if (metricsAddress !== null) log.info({ metricsAddress }, 'metrics');
    await hooks.started(app, address);
  } finally {
    clearTimeout(timer);
  }
}

async function stopInTime(app: App): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, STOP_WITHIN_MS, false);
  try {
    return await Promise.race([app.stop().then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

function exitOnDefect(log: Logger): void {
  const exit = (error: unknown): never => {
    log.fatal({ err: error }, 'unexpected error: a defect in Posthaste');
    process.exit(1);
  };
  process.on('uncaughtException', exit);
  process.on('unhandledRejection', exit);
}

function explained(error: unknown, { host, port: apiPort }: Config): unknown {
  const { code, port = apiPort } = error as NodeJS.ErrnoException & { port?: number };
  const flag = port === apiPort ? '--port' : '--metrics-port';
  if (code === 'EADDRINUSE') {
    return new UserError(
      `port ${port} on ${host} is in use; stop the program that listens there, or choose another port with ${flag}`,
    );
  }
  if (code === 'EACCES' && (error as NodeJS.ErrnoException).syscall === 'listen') {
    return new UserError(
      `this user may not listen on port ${port}; choose a port above 1023 with ${flag}`,
    );
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new UserError(`${host} is not an address of this machine; choose another with --host`);
  }
  return error;
}
