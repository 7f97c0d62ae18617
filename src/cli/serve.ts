import { pino, stdTimeFunctions } from 'pino';
import type { Config } from '../config/config.ts';
import { logOutput } from '../app/app.ts';
import { run } from './run.ts';

export async function serve(config: Config): Promise<void> {
  const options = { level: config.logLevel, timestamp: stdTimeFunctions.isoTime };
  const log = pino(options, logOutput());
  if (config.secretsKey === null) {
    log.warn(
      'POSTHASTE_SECRETS_KEY is not set: signing secrets, headers and credentials of endpoints are stored unencrypted',
    );
  }
  await run(config, log, {
    started(_app, address) {
      log.info({ address, roles: config.roles, readyMs: Math.round(performance.now()) }, 'ready');
    },
  });
}
