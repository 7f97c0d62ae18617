import { homedir } from 'node:os';
import { join } from 'node:path';
import { amqpUrl, integer, listOf, network, oneOf, path, text } from '@posthaste/app-kit/forms';
import { type SettingsOf, createSettingsReader, setting } from '@posthaste/app-kit/settings';

export { SettingsError } from '@posthaste/app-kit/settings';

const definitions = {
  'server-host': setting('where to listen', text(1, 255), 'localhost'),
  'server-port': setting('port to listen on; 0: any free one', integer(0, 65_535), 9000),
  'sqlite-file': setting(
    'accounts, and the events they are owed',
    path(),
    join(homedir(), 'webhook-registry.sqlite'),
    { shown: '~/webhook-registry.sqlite' },
  ),
  'rabbitmq-uri': setting(
    'broker that has the calls queue, such as amqp://guest:guest@localhost',
    amqpUrl().nullable(),
    null,
    { shown: 'none, the queue is in this process' },
  ),
  'rabbitmq-calls-queue': setting('name of the calls queue', text(1, 255), 'calls'),
  'rabbitmq-prefetch': setting(
    'events taken from the queue, and requests in flight, at a time',
    integer(1, 65_535),
    30,
  ),
  'request-timeout-ms': setting(
    'time that a callback has for its whole answer',
    integer(100, 120_000),
    10_000,
  ),
  'interval-ms': setting('time between rounds of simulated calls', integer(10, 86_400_000), 10_000),
  simulate: setting(
    'events of each call: standby (that one only) or life-cycle (all seven)',
    oneOf('standby', 'life-cycle'),
    'standby',
  ),
  'allow-networks': setting(
    'networks that callbacks may be in besides global addresses',
    listOf(network),
    ['127.0.0.0/8', '::1/128'],
    { emptyAllowed: true },
  ),
  'log-file': setting('log, JSON lines', path(), join(homedir(), 'webhook-registry.log'), {
    shown: '~/webhook-registry.log',
  }),
};

export type Settings = SettingsOf<typeof definitions>;

export const settingsReader = createSettingsReader({
  name: 'call-provider',
  description:
    "Simulates a telephony provider: customers register, and get their calls' events as webhooks.",
  definitions,
  examples: `
Start it, and register a customer that listens on port 4000:
  npm start -w apps/call-provider -- --server-port 9000 --interval-ms 2000
  curl -H 'content-type: application/json' http://localhost:9000/webhook \\
    -d '{"name": "my-company", "callbackURL": "http://localhost:4000/calls"}'

With whole calls, over RabbitMQ:
  npm start -w apps/call-provider -- --simulate life-cycle \\
    --rabbitmq-uri amqp://guest:guest@localhost`.trimStart(),
});
