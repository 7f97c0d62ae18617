import express from 'express';
import { z } from 'zod';
import { integer, listOf, network } from '@posthaste/app-kit/forms';
import { type SettingsOf, createSettingsReader, setting } from '@posthaste/app-kit/settings';

export { SettingsError } from '@posthaste/app-kit/settings';

const ROLES = ['backend', 'webhooks'] as const;

const definitions = {
  port: setting('port that the backend listens on; 0: any free one', integer(0, 65_535), 3000),
  'database-url': setting(
    'database of the webhooks and their deliveries',
    matching(/^sqlite:(?!\/\/|:memory:$)./, 'sqlite:PATH, such as sqlite:./data/my.db'),
    'sqlite:./data/ip-notifier.db',
  ),
  'admin-token': setting(
    'what an administrator sends as "Authorization: Bearer TOKEN"',
    matching(/^[\w.~+/-]+=*$/, 'of letters, digits and -._~+/ only').nullable(),
    null,
    { shown: 'made at each start and printed' },
  ),
  concurrency: setting('requests to webhooks at a time', integer(1, 65_535), 10),
  'retry-schedule': setting(
    'seconds before each retry, separated by commas; empty: no retries',
    listOf(
      matching(/^\d{1,7}(\.\d{1,3})?$/, 'seconds separated by commas, such as 1,2,4.5')
        .transform(Number)
        .refine((wait) => wait <= 30 * 86_400, 'must be 30 days at most, each'),
    ).refine((waits) => waits.length <= 100, 'must be 100 retries at most'),
    [1, 2, 4, 8, 16],
    { emptyAllowed: true },
  ),
  'allow-networks': setting(
    'networks that webhooks may be in besides global addresses',
    listOf(network),
    ['127.0.0.0/8', '::1/128'],
    { emptyAllowed: true },
  ),
  'trust-proxy': setting(
    'proxies whose X-Forwarded-For is believed: addresses, networks, loopback, linklocal, uniquelocal, separated by commas; or how many proxies there are',
    trustProxy().nullable(),
    null,
    { shown: 'none' },
  ),
  transporter: setting(
    'how the nodes talk, when there are several: amqp://…, nats://…, TCP or tcp://…',
    matching(
      /^(TCP$|(amqps?|nats|tcp):\/\/.)/,
      'amqp://…, amqps://…, nats://…, TCP or tcp://…',
    ).nullable(),
    null,
    { shown: 'none, all is in this process' },
  ),
  roles: setting(
    'the parts in this node: backend, the HTTP server; webhooks, the service that delivers',
    listOf(z.enum(ROLES, 'must be backend, webhooks or both')).refine(
      (roles) => roles.length > 0,
      'must be backend, webhooks or both',
    ),
    [...ROLES],
  ),
  namespace: setting(
    'the same for all nodes of one installation, another for others on its transporter',
    matching(/^[\w-]{1,64}$/, 'up to 64 letters, digits, - and _'),
    'ip-notifier',
  ),
};

export type Settings = SettingsOf<typeof definitions>;

export const settingsReader = createSettingsReader({
  name: 'ip-notifier',
  description: 'Tells every registered webhook the IP address of each visitor.',
  definitions,
  check({ roles, transporter }) {
    if (transporter !== null || ROLES.every((role) => roles.includes(role))) return [];
    return [
      `roles: ${roles[0]} alone needs --transporter, to reach the node that has the other role`,
    ];
  },
  examples: `
One process:
  npm start -w apps/ip-notifier -- --port 3000 --admin-token "$TOKEN"

Two nodes over RabbitMQ, each its own process:
  export TRANSPORTER=amqp://guest:guest@localhost
  npm start -w apps/ip-notifier -- --roles webhooks
  npm start -w apps/ip-notifier -- --roles backend --admin-token "$TOKEN"

Register a webhook, then visit:
  curl -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
    -d '{"targetUrl": "http://127.0.0.1:4000/"}' http://localhost:3000/admin/webhooks
  curl http://localhost:3000/ip`.trim(),
});

function matching(form: RegExp, accepted: string) {
  const error = `must be ${accepted}`;
  return z.string(error).regex(form, error);
}

function trustProxy() {
  const error =
    'must name proxies, such as loopback,10.0.0.0/8, or be their number; to trust all would let visitors choose their address';
  return z
    .union([z.string(), z.int().min(0)], error)
    .transform((given) => (/^\d{1,3}$/.test(String(given)) ? Number(given) : given))
    .refine(isTrustProxy, error);
}

function isTrustProxy(given: string | number): boolean {
  if (given === '') return false;
  try {
    express().set('trust proxy', given);
    return true;
  } catch {
    return false;
  }
}
