import pino from 'pino';
import { startCallCenter } from './call-center.ts';
import { describeCommand, loadSettings, SettingsError } from './settings.ts';
import type { Settings } from './settings.ts';

const STOP_MS = 20_000;

const argv = process.argv.slice(2);
if (argv.includes('--help') || argv.includes('-h')) {
  describeCommand().outputHelp();
} else {
  await run();
}

async function run(): Promise<void> {
  const settings = settingsOrExit();
  try {
    const log = createLog(settings['log-file']);
    const callCenter = await startCallCenter(settings, { log });
    console.log(`The call center is at ${callCenter.url}, its log in ${settings['log-file']}`);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1));
        setTimeout(() => process.exit(1), STOP_MS).unref();
        void callCenter.stop().then(() => process.exit(0));
      });
    }
  } catch (error) {
    console.error(`call-center: ${(error as Error).message}`);
    process.exit(1);
  }
}

function settingsOrExit(): Settings {
  try {
    return loadSettings(argv, process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    for (const fault of error.faults) console.error(`call-center: ${fault}`);
    process.exit(2);
  }
}

function createLog(file: string) {
  const streams = [
    { stream: pino.destination({ dest: file, mkdir: true, sync: true }) },
    { stream: process.stdout },
  ];
  return pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.multistream(streams));
}
