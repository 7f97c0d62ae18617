import { expect, test } from 'vitest';
import { loadConfig } from './config.ts';
import { environmentName, settingKeys } from './settings.ts';
import { unknownVariables } from './variables.ts';

/** The variables that Kubernetes sets for the Services `posthaste` and `posthaste-metrics`. */
const SERVICE_LINKS = {
  POSTHASTE_SERVICE_HOST: '10.0.0.1',
  POSTHASTE_SERVICE_PORT: '80',
  POSTHASTE_SERVICE_PORT_HTTP: '80',
  POSTHASTE_PORT: 'tcp://10.0.0.1:80',
  POSTHASTE_PORT_80_TCP: 'tcp://10.0.0.1:80',
  POSTHASTE_PORT_80_TCP_PROTO: 'tcp',
  POSTHASTE_PORT_80_TCP_PORT: '80',
  POSTHASTE_PORT_80_TCP_ADDR: '10.0.0.1',
  POSTHASTE_METRICS_SERVICE_HOST: '10.0.0.2',
  POSTHASTE_METRICS_SERVICE_PORT: '9464',
  POSTHASTE_METRICS_PORT: 'tcp://10.0.0.2:9464',
  POSTHASTE_METRICS_PORT_9464_TCP_ADDR: '10.0.0.2',
};

test('a misspelt variable is reported, with the name that was probably meant', () => {
  const env = {
    PATH: '/bin',
    POSTHASTE_TIMEOUT: '5000',
    POSTHASTE_SECRET_KEY: 'x',
    POSTHASTE_TOKN: 'x',
    POSTHASTE_COLOUR_OF_THE_SKY: 'blue',
  };
  const without = 'has no effect: there is no such setting';
  expect(unknownVariables(env)).toEqual([
    `POSTHASTE_TIMEOUT ${without}; did you mean POSTHASTE_TIMEOUT_MS?`,
    `POSTHASTE_SECRET_KEY ${without}; did you mean POSTHASTE_SECRETS_KEY?`,
    `POSTHASTE_TOKN ${without}; did you mean POSTHASTE_TOKEN?`,
    `POSTHASTE_COLOUR_OF_THE_SKY ${without}`,
  ]);
});

test('no variable that is read is reported', () => {
  const names = [...settingKeys.map(environmentName), 'POSTHASTE_SERVER', 'POSTHASTE_PROFILE'];
  expect(unknownVariables(Object.fromEntries(names.map((name) => [name, 'x'])))).toEqual([]);
});

test('the variables of Kubernetes for Services are neither settings nor misspelt', () => {
  expect(unknownVariables(SERVICE_LINKS)).toEqual([]);
  const { port, metricsPort } = loadConfig({ env: SERVICE_LINKS, cwd: import.meta.dirname });
  expect({ port, metricsPort }).toEqual({ port: 8071, metricsPort: null });
  const wrong = { POSTHASTE_PROXY_URL: 'tcp://10.0.0.1:80' };
  expect(() => loadConfig({ env: wrong, cwd: import.meta.dirname })).toThrow(/PROXY_URL must be/);
});
