import { createLog, logFile } from '@posthaste/app-kit/log';
import { exitNotStarted, settingsOrExit, stopOnSignal } from '@posthaste/app-kit/program';
import { startCallProvider } from './call-provider.ts';
import { type Settings, settingsReader } from './settings.ts';
import { createTerminal } from './terminal.ts';

const NAME = 'call-provider';

await run(settingsOrExit(NAME, settingsReader));

async function run(settings: Settings): Promise<void> {
  try {
    const log = createLog(logFile(settings['log-file']), createTerminal());
    const callProvider = await startCallProvider(settings, { log });
    log.info(`customers register at ${callProvider.url}/webhook`);
    stopOnSignal(() => callProvider.stop());
  } catch (error) {
    exitNotStarted(NAME, error, settings['server-port'], '--server-port');
  }
}
