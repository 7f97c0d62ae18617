import type { Settings } from '../../src/config/settings.ts';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { type TestApp, startApp } from './app.ts';

export interface HttpApp extends TestApp {
  readonly url: string;
  /** A token of the default organization. */
  readonly token: string;
}

/** A whole installation with its HTTP API on a free port of the loopback. */
export async function startHttpApp(settings: Settings = {}): Promise<HttpApp> {
  const app = await startApp({
    roles: 'api,worker',
    port: '0',
    jwtSecret: 'a secret of at least thirty-two bytes',
    ...settings,
  });
  const { address } = await app.start();
  if (!address || !app.tokens) throw new Error('there is no HTTP API');
  const token = await app.tokens.issue({ organizationId: DEFAULT_ORGANIZATION });
  return { ...app, url: address, token };
}
