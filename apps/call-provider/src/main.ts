import { pino } from 'pino';
import { startCallProvider } from './call-provider.ts';
import { type Settings, SettingsError, settingsReader } from './settings.ts';
import { createTerminal } from './terminal.ts';

const STOP_WITHIN_MS = 20_000;
// On a terminal Ctrl-C reaches the whole process group, and npm passes it on once more.
const SAME_SIGNAL_MS = 200;

const argv = process.argv.slice(2);
if (argv.includes('--help') || argv.includes('-h')) process.stdout.write(settingsReader.help());
else await run(readSettings());

async function run(settings: Settings): Promise<void> {
  try {
    const log = createLog(settings['log-file']);
    const callProvider = await startCallProvider(settings, { log });
    log.info(`customers register at ${callProvider.url}/webhook`);
    stopOnSignal(() => callProvider.stop());
  } catch (error) {
    console.error(`call-provider: ${explained(error as NodeJS.ErrnoException, settings)}`);
    process.exit(1);
  }
}

function readSettings(): Settings {
  try {
    return settingsReader.read(argv, process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    for (const fault of error.faults) console.error(`call-provider: ${fault}`);
    console.error('call-provider: --help tells more');
    process.exit(2);
  }
}

function createLog(file: string) {
  const streams = [
    { stream: pino.destination({ dest: file, mkdir: true, sync: true }) },
    { stream: createTerminal() },
  ];
  return pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.multistream(streams));
}

function stopOnSignal(stop: () => Promise<void>): void {
  let firstAt: number | undefined;
  const receive = (): void => {
    if (firstAt !== undefined) {
      if (performance.now() - firstAt > SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    firstAt = performance.now();
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGINT', receive).on('SIGTERM', receive);
}

function explained({ code, message }: NodeJS.ErrnoException, settings: Settings): string {
  const port = settings['server-port'];
  if (code === 'EADDRINUSE') return `port ${port} is in use; choose another with --server-port`;
  if (code === 'EACCES' && message.includes('listen')) {
    return `this user may not listen on port ${port}; choose another with --server-port`;
  }
  return message;
}
