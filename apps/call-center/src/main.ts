import pino from 'pino';
import { startCallCenter } from './call-center.ts';
import { SettingsError, settingsReader } from './settings.ts';
import type { Settings } from './settings.ts';

const STOP_WITHIN_MS = 20_000;
// On a terminal Ctrl-C reaches the whole process group, and npm passes it on once more.
const SAME_SIGNAL_MS = 200;

const argv = process.argv.slice(2);
if (argv.includes('--help') || argv.includes('-h')) process.stdout.write(settingsReader.help());
else await run(settingsOrExit());

async function run(settings: Settings): Promise<void> {
  try {
    const log = createLog(settings['log-file']);
    const callCenter = await startCallCenter(settings, { log });
    console.log(`The call center is at ${callCenter.url}, its log in ${settings['log-file']}`);
    stopOnSignal(() => callCenter.stop());
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const port = settings['server-port'];
    const inUse = `port ${port} is in use; choose another with --server-port`;
    console.error(`call-center: ${code === 'EADDRINUSE' ? inUse : message}`);
    process.exit(1);
  }
}

function settingsOrExit(): Settings {
  try {
    return settingsReader.read(argv, process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    for (const fault of error.faults) console.error(`call-center: ${fault}`);
    console.error('call-center: --help tells more');
    process.exit(2);
  }
}

/** The first signal stops in order, a second one at once. */
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

function createLog(file: string) {
  const streams = [
    { stream: pino.destination({ dest: file, mkdir: true, sync: true }) },
    { stream: process.stdout },
  ];
  return pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.multistream(streams));
}
