import { settingsReader as callCenter } from '../../apps/call-center/src/settings.ts';
import { settingsReader as callProvider } from '../../apps/call-provider/src/settings.ts';
import { settingsReader as ipNotifier } from '../../apps/ip-notifier/src/settings.ts';
import { loadConfig } from '../../src/config.ts';
import { environmentName, settingKeys } from '../../src/config/settings.ts';

type Environment = Readonly<Record<string, string>>;

/** A program as its container sees it. */
export interface Program {
  /** The environment variables that are settings of it. */
  readonly variables: ReadonlySet<string>;
  readonly portVariable: string;
  /** What it can't start without. */
  readonly needs: Environment;
  /** Throws when it would not start with these settings. */
  readonly read: (environment: Environment) => void;
}

/** By the name of their target in the Dockerfile. */
export const PROGRAMS: Readonly<Record<string, Program>> = {
  posthaste: {
    variables: new Set(settingKeys.map(environmentName)),
    portVariable: 'POSTHASTE_PORT',
    needs: { POSTHASTE_JWT_SECRET: 'a secret for this test, and no other' },
    read: (env) => void loadConfig({ env, cwd: '/nowhere', required: ['jwtSecret'] }),
  },
  'call-provider': app(callProvider, 'SERVER_PORT', {}),
  // Nobody answers there; it goes on trying to register.
  'call-center': app(callCenter, 'SERVER_PORT', { WEBHOOK_SERVER_URL: 'http://127.0.0.1:1/' }),
  'ip-notifier': app(ipNotifier, 'PORT', {}),
};

function app(
  reader: { read(argv: string[], env: Environment, folder: string): unknown; help(): string },
  portVariable: string,
  needs: Environment,
): Program {
  const flags = [...reader.help().matchAll(/^ +--([a-z0-9-]+) <value>/gm)];
  const names = flags.map(([, flag = '']) => flag.toUpperCase().replaceAll('-', '_'));
  const variables = new Set(names.filter((name) => name !== 'CONFIG'));
  const read = (env: Environment) => void reader.read([], env, '/nowhere');
  return { variables, portVariable, needs, read };
}
