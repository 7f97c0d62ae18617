import { createLog, logFile } from '@posthaste/app-kit/log';
import { settingsOrExit, stopOnSignal, whyNotStarted } from '@posthaste/app-kit/program';
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
    console.error(`${NAME}: ${whyNotStarted(error, settings['server-port'], '--server-port')}`);
    process.exit(1);
  }
}
