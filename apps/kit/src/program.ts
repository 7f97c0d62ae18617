import {
  type Definitions,
  SettingsError,
  type SettingsOf,
  type SettingsReader,
} from './settings.ts';

const STOP_WITHIN_MS = 20_000;
const CLOSE_GRACE_MS = 3_000;
// On a terminal Ctrl-C reaches the whole process group, and npm passes it on once more.
const SAME_SIGNAL_MS = 200;

/**
 * The settings of this process. With `--help`, prints the help and exits with 0; when settings are
 * wrong, prints every error and exits with 2.
 */
export function settingsOrExit<D extends Definitions>(
  name: string,
  reader: SettingsReader<D>,
): SettingsOf<D> {
  // A closed pipe or a full disk must not end the program.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const argv = process.argv.slice(2);
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(reader.help());
    process.exit(0);
  }
  try {
    return reader.read(argv, process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    for (const line of error.errors) console.error(`${name}: ${line}`);
    console.error(`${name}: run it with --help for usage`);
    process.exit(2);
  }
}

/** The first signal stops the program cleanly, a second one at once. */
export function stopOnSignal(stop: () => Promise<void>): void {
  onSignal(
    () => {
      setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
      stop().then(
        () => process.exit(0),
        (error: unknown) => {
          console.error('the clean stop failed:', error);
          process.exit(1);
        },
      );
    },
    () => process.exit(1),
  );
}

/** Calls `first` for the first SIGINT or SIGTERM, and `again` for those that a person sends after it. */
export function onSignal(first: () => void, again: () => void): void {
  let firstAt: number | undefined;
  const receive = (): void => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      first();
    } else if (performance.now() - firstAt > SAME_SIGNAL_MS) {
      again();
    }
  };
  process.on('SIGINT', receive).on('SIGTERM', receive);
}

/** Closes a Fastify server; a client that does not read its answer can't hold up the stop. */
export async function closeInTime(server: ClosableServer): Promise<void> {
  const cut = setTimeout(() => server.server.closeAllConnections(), CLOSE_GRACE_MS);
  await server.close();
  clearTimeout(cut);
}

interface ClosableServer {
  readonly server: { closeAllConnections(): void };
  close(): PromiseLike<unknown>;
}

/** Prints why the program could not start, and exits: with 2 when a setting is wrong, else with 1. */
export function exitNotStarted(
  name: string,
  error: unknown,
  port: number,
  portFlag: string,
): never {
  console.error(`${name}: ${whyNotStarted(error, port, portFlag)}`);
  // Posthaste's own errors of settings have this code.
  const isOfSettings =
    error instanceof SettingsError || (error as { code?: unknown }).code === 'configuration';
  process.exit(isOfSettings ? 2 : 1);
}

/** The reason, and what to do about it where that is known. The words are those of the command `posthaste`. */
function whyNotStarted(error: unknown, port: number, portFlag: string): string {
  const { code, message, syscall } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return `port ${port} is in use; stop the program that listens there, or choose another port with ${portFlag}`;
  }
  if (code === 'EACCES' && syscall === 'listen') {
    return `this user may not listen on port ${port}; choose a port above 1023 with ${portFlag}`;
  }
  return message;
}
