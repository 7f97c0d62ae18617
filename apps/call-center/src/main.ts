import { createLog, logFile, standardOutput } from '@posthaste/app-kit/log';
import { exitNotStarted, settingsOrExit, stopOnSignal } from '@posthaste/app-kit/program';
import { startCallCenter } from './call-center.ts';
import { settingsReader } from './settings.ts';
import type { Settings } from './settings.ts';

const NAME = 'call-center';

await run(settingsOrExit(NAME, settingsReader));

async function run(settings: Settings): Promise<void> {
  try {
    const log = createLog(logFile(settings['log-file']), standardOutput());
    const callCenter = await startCallCenter(settings, { log });
    log.info(`The call center is at ${callCenter.url}, its log in ${settings['log-file']}`);
    stopOnSignal(() => callCenter.stop());
  } catch (error) {
    exitNotStarted(NAME, error, settings['server-port'], '--server-port');
  }
}
