import { createLog, standardOutput } from '@posthaste/app-kit/log';
import { exitNotStarted, settingsOrExit, stopOnSignal } from '@posthaste/app-kit/program';
import { startIpNotifier } from './ip-notifier.ts';
import { type Settings, settingsReader } from './settings.ts';

const NAME = 'ip-notifier';

await run(settingsOrExit(NAME, settingsReader));

async function run(settings: Settings): Promise<void> {
  const log = createLog(standardOutput());
  try {
    const ipNotifier = await startIpNotifier(settings, { log });
    const { backend } = ipNotifier;
    if (backend) console.log(`ip-notifier is at ${backend.url}`);
    else console.log('the webhooks service is up');
    if (backend && settings['admin-token'] === null) {
      console.log(
        `admin token, a new one at each start (--admin-token keeps one): ${backend.adminToken}`,
      );
    }
    stopOnSignal(() => ipNotifier.stop());
  } catch (error) {
    exitNotStarted(NAME, error, settings.port, '--port');
  }
}
