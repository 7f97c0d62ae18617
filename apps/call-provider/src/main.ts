import { pino } from 'pino';
import { startCallProvider } from './call-provider.ts';
import { settingsOrExit, stopOnSignal, whyNotStarted } from '../../settings/src/program.ts';
import { type Settings, settingsReader } from './settings.ts';
import { createTerminal } from './terminal.ts';

const NAME = 'call-provider';

await run(settingsOrExit(NAME, settingsReader));

async function run(settings: Settings): Promise<void> {
  try {
    const log = createLog(settings['log-file']);
    const callProvider = await startCallProvider(settings, { log });
    log.info(`customers register at ${callProvider.url}/webhook`);
    stopOnSignal(() => callProvider.stop());
  } catch (error) {
    console.error(`${NAME}: ${whyNotStarted(error, settings['server-port'], '--server-port')}`);
    process.exit(1);
  }
}

function createLog(file: string) {
  const streams = [
    { stream: pino.destination({ dest: file, mkdir: true, sync: true }) },
    { stream: createTerminal() },
  ];
  return pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.multistream(streams));
}
