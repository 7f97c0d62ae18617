import { pino } from 'pino';
import { startIpNotifier } from './ip-notifier.ts';
import { type Settings, SettingsError, settingsReader } from './settings.ts';

const STOP_WITHIN_MS = 20_000;
// On a terminal Ctrl-C reaches the whole process group, and npm passes it on once more.
const SAME_SIGNAL_MS = 200;

const argv = process.argv.slice(2);
if (argv.includes('--help') || argv.includes('-h')) process.stdout.write(settingsReader.help());
else await run(settingsOrExit());

async function run(settings: Settings): Promise<void> {
  const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime });
  try {
    const ipNotifier = await startIpNotifier(settings, { log });
    const { backend } = ipNotifier;
    if (backend) console.log(`ip-notifier is at ${backend.url}`);
    else console.log(`the webhooks service is up, on ${settings.transporter}`);
    if (backend && settings['admin-token'] === null) {
      console.log(`admin token, until it stops: ${backend.adminToken}`);
    }
    stopOnSignal(() => ipNotifier.stop());
  } catch (error) {
    console.error(`ip-notifier: ${explained(error as NodeJS.ErrnoException, settings)}`);
    process.exit(1);
  }
}

function settingsOrExit(): Settings {
  try {
    return settingsReader.read(argv, process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    for (const fault of error.faults) console.error(`ip-notifier: ${fault}`);
    console.error('ip-notifier: --help tells more');
    process.exit(2);
  }
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

function explained({ code, message }: NodeJS.ErrnoException, { port }: Settings): string {
  if (code === 'EADDRINUSE') return `port ${port} is in use; choose another with --port`;
  if (code === 'EACCES') return `this user may not listen on port ${port}; choose another, --port`;
  return message;
}
