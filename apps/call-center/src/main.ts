import pino from 'pino';
import { startCallCenter } from './call-center.ts';
import { settingsOrExit, stopOnSignal, whyNotStarted } from '../../settings/src/program.ts';
import { settingsReader } from './settings.ts';
import type { Settings } from './settings.ts';

const NAME = 'call-center';

await run(settingsOrExit(NAME, settingsReader));

async function run(settings: Settings): Promise<void> {
  try {
    const log = createLog(settings['log-file']);
    const callCenter = await startCallCenter(settings, { log });
    console.log(`The call center is at ${callCenter.url}, its log in ${settings['log-file']}`);
    stopOnSignal(() => callCenter.stop());
  } catch (error) {
    console.error(`${NAME}: ${whyNotStarted(error, settings['server-port'], '--server-port')}`);
    process.exit(1);
  }
}

function createLog(file: string) {
  const streams = [
    { stream: pino.destination({ dest: file, mkdir: true, sync: true }) },
    { stream: process.stdout },
  ];
  return pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.multistream(streams));
}
