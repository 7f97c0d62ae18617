import { environmentName, settingKeys } from './settings.ts';
import { similarName } from './similar-name.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that choose the server for commands; they are not settings. */
export const CONNECTION_VARIABLES = {
  server: 'POSTHASTE_SERVER',
  token: 'POSTHASTE_TOKEN',
  profile: 'POSTHASTE_PROFILE',
} as const;

/** The value of a variable; undefined also for one that Kubernetes has set. */
export function readVariable(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value !== undefined && isServiceLink(name, value) ? undefined : value;
}

/** A warning for each variable that looks like a setting but is not, probably because of a typing error. */
export function unknownVariables(env: Environment): string[] {
  const known = [...settingKeys.map(environmentName), ...Object.values(CONNECTION_VARIABLES)];
  return Object.entries(env)
    .filter(([name, value]) => name.startsWith('POSTHASTE_') && !isServiceLink(name, value ?? ''))
    .filter(([name]) => !known.includes(name))
    .map(([name]) => {
      const similar = similarName(name, known, 'POSTHASTE_');
      return `${name} has no effect: there is no such setting${similar}`;
    });
}

/**
 * Kubernetes sets variables for the Services of a namespace in each container. Those of a Service `posthaste`,
 * such as `POSTHASTE_PORT=tcp://10.0.0.1:80`, look like settings.
 */
function isServiceLink(name: string, value: string): boolean {
  const hasAddress = name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value);
  return hasAddress || /_SERVICE_(HOST|PORT)|_PORT_\d+_(TCP|UDP|SCTP)/.test(name);
}
