import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { amqpUrl, httpUrl, integer, listOf, network, path, text } from '@posthaste/app-kit/forms';
import { SECRET_FORM, isSecret } from '@posthaste/app-kit/secret';
import { type SettingsOf, createSettingsReader, setting } from '@posthaste/app-kit/settings';

export { SettingsError } from '@posthaste/app-kit/settings';

const definitions = {
  'server-host': setting('where to listen', text(1, 255), 'localhost'),
  'server-port': setting('port to listen on; 0: any free one', integer(0, 65_535), 9001),
  'sqlite-file': setting('database', path(), join(homedir(), 'webhook-consumer.sqlite'), {
    shown: '~/webhook-consumer.sqlite',
  }),
  'client-name': setting('name to register with', text(3, 255), 'webhook-consumer'),
  'webhook-server-url': setting(
    "the provider's registration URL",
    httpUrl(),
    'http://localhost:9000/webhook',
  ),
  'callback-url': setting(
    'where the provider sends events: this server, as the provider sees it',
    httpUrl().nullable(),
    null,
    { shown: 'http://localhost:PORT/calls' },
  ),
  'webhook-secret': setting(
    'whsec_… that the provider signs with',
    z.string(`must be ${SECRET_FORM}`).refine(isSecret, `must be ${SECRET_FORM}`).nullable(),
    null,
    { shown: 'made once, kept in the database' },
  ),
  'accept-unsigned-from': setting(
    'addresses and networks whose unsigned events are taken, separated by commas',
    listOf(network),
    [],
    { shown: 'none' },
  ),
  'rabbitmq-uri': setting(
    'amqp://… of the broker for the extension queues',
    amqpUrl().nullable(),
    null,
    { shown: 'none, the queues are in this process' },
  ),
  'rabbitmq-900-queue': setting('queue of extension 900', text(1, 255), 'webhook-consumer-900'),
  'rabbitmq-901-queue': setting('queue of extension 901', text(1, 255), 'webhook-consumer-901'),
  'rabbitmq-prefetch': setting('calls each extension has at a time', integer(1, 65_535), 2),
  'log-file': setting('log, JSON lines', path(), join(homedir(), 'webhook-consumer.log'), {
    shown: '~/webhook-consumer.log',
  }),
};

export type Settings = SettingsOf<typeof definitions>;

export const settingsReader = createSettingsReader({
  name: 'call-center',
  description: "Takes a telephony provider's call events, serves the calls and shows them live.",
  definitions,
  check: (settings) =>
    settings['rabbitmq-900-queue'] === settings['rabbitmq-901-queue']
      ? ['rabbitmq-900-queue, rabbitmq-901-queue: must differ']
      : [],
  examples: `
With a provider on this machine, all in one process:
  npm start -w apps/call-center

Another provider, which does not sign, and RabbitMQ:
  npm start -w apps/call-center -- --webhook-server-url http://10.0.0.5:9000/webhook \\
    --accept-unsigned-from 10.0.0.5 --rabbitmq-uri amqp://guest:guest@localhost`.trimStart(),
});
