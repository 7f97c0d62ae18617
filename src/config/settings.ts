import { DEFAULT_POLICY } from '../domain/policy.ts';
import {
  type SettingType,
  brokerUrl,
  databaseUrl,
  disablePolicy,
  disablePolicyText,
  encryptionKey,
  filePath,
  fontFamily,
  hexColor,
  hostName,
  hostsAndNetworks,
  keptFor,
  nameServers,
  networks,
  oneOf,
  organizationId,
  origins,
  pageUrl,
  proxyUrl,
  queueName,
  queueUrl,
  retrySchedule,
  shownText,
  signingSecret,
  someOf,
  wholeNumber,
  yesOrNo,
} from './setting-types.ts';

/**
 * Every setting, once. The key is its name in `posthaste.config.json` and gives the flag and the
 * environment variable; help and `docs/configuration.md` show these rows.
 */
export const SETTINGS = {
  host: {
    group: 'Server',
    type: hostName,
    fallback: '127.0.0.1',
    meaning: 'address that the HTTP server listens on',
  },
  port: {
    group: 'Server',
    type: wholeNumber(0, 65_535),
    fallback: '8071',
    meaning: 'port that the HTTP server listens on; 0: any free one',
  },
  bodyLimitBytes: {
    group: 'Server',
    type: wholeNumber(1_024, 67_108_864),
    fallback: '1048576',
    meaning: 'largest request body that is accepted',
  },
  fastPublish: {
    group: 'Server',
    type: yesOrNo,
    fallback: 'true',
    meaning:
      'answer common publish requests without `node:http`; false: tracing of `node:http` sees them all',
  },
  roles: {
    group: 'Server',
    type: someOf('api', 'worker'),
    fallback: 'api,worker',
    meaning:
      'parts that this process runs: the API (HTTP and ingest), the delivery worker (needed with SQLite)',
  },
  metricsPort: {
    group: 'Server',
    type: wholeNumber(0, 65_535),
    fallback: null,
    meaning: 'port that serves `/metrics` for Prometheus, on `host`; none: nothing is measured',
  },
  metricsToken: {
    group: 'Server',
    type: signingSecret,
    fallback: null,
    meaning: 'bearer token that scrapes of `/metrics` must send; none: no token is required',
    secret: true,
  },
  logLevel: {
    group: 'Server',
    type: {
      ...oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
      placeholder: 'level',
    },
    fallback: 'info',
    meaning: 'least severe lines that are logged: trace, debug, info, warn, error, fatal, silent',
  },
  portalUrl: {
    group: 'Portal',
    type: pageUrl,
    fallback: null,
    meaning:
      'URL of the portal that `auth/app-portal-access` returns, with the token after a `#`; none: `/portal` on the called host',
  },
  portalName: {
    group: 'Portal',
    type: shownText,
    fallback: null,
    meaning: 'your name, shown at the top of the portal',
  },
  portalLogo: {
    group: 'Portal',
    type: pageUrl,
    fallback: null,
    meaning: 'picture beside the name',
  },
  portalColor: {
    group: 'Portal',
    type: hexColor,
    fallback: null,
    meaning: 'accent of buttons and links; its shades are chosen so that they can be read',
  },
  portalFont: {
    group: 'Portal',
    type: fontFamily,
    fallback: null,
    meaning:
      'fonts of the portal, which your customers must have installed; none: the fonts of their systems',
  },
  portalHidesMaker: {
    group: 'Portal',
    type: yesOrNo,
    fallback: 'false',
    meaning: 'leave “Powered by Posthaste” out of the portal',
  },
  portalParents: {
    group: 'Portal',
    type: origins,
    fallback: null,
    meaning: 'origins whose pages may show the portal in a frame; none: no page may',
  },
  databaseUrl: {
    group: 'Storage',
    type: databaseUrl,
    fallback: 'sqlite:./data/posthaste.db',
    meaning: 'database that holds all data',
  },
  queueUrl: {
    group: 'Storage',
    type: queueUrl,
    fallback: 'memory:',
    meaning:
      'how a delivery reaches the process that attempts it: through the database, or through RabbitMQ (PostgreSQL only)',
  },
  payloadRetention: {
    group: 'Retention',
    type: keptFor,
    fallback: '90d',
    meaning: 'how long payloads are kept, unless the message has a retention of its own',
  },
  attemptRetention: {
    group: 'Retention',
    type: keptFor,
    fallback: '90d',
    meaning: 'how long attempts are kept, from the publication of their message',
  },
  messageRetention: {
    group: 'Retention',
    type: keptFor,
    fallback: '90d',
    meaning:
      'how long messages are kept; payload and attempts are removed with their message at the latest',
  },
  auditRetention: {
    group: 'Retention',
    type: keptFor,
    fallback: '90d',
    meaning: 'how long entries of the audit are kept',
  },
  ingestUrl: {
    group: 'Ingest',
    type: brokerUrl,
    fallback: null,
    meaning: 'RabbitMQ with a queue of messages to publish; none: messages come from HTTP only',
    secret: true,
  },
  ingestQueue: {
    group: 'Ingest',
    type: queueName,
    fallback: 'posthaste.ingest',
    meaning: 'queue to read messages from; refused ones go to the queue `NAME.dead`',
  },
  ingestOrganization: {
    group: 'Ingest',
    type: organizationId,
    fallback: null,
    meaning:
      'organization of all messages of the queue; none: the default one, as for `posthaste token`',
  },
  ingestPrefetch: {
    group: 'Ingest',
    type: wholeNumber(1, 10_000),
    fallback: '256',
    meaning: 'most messages of the queue that this process holds unacknowledged',
  },
  jwtSecret: {
    group: 'Security',
    type: signingSecret,
    fallback: null,
    meaning: 'signs and checks API tokens; `serve` needs it, `dev` generates one',
    secret: true,
  },
  secretsKey: {
    group: 'Security',
    type: encryptionKey,
    fallback: null,
    meaning:
      'encrypts signing secrets, headers and credentials in URLs of endpoints at rest; without it they are stored unencrypted',
    secret: true,
  },
  allowNetworks: {
    group: 'Security',
    type: networks,
    fallback: '',
    meaning: 'networks that deliveries may reach besides global addresses; `dev` adds loopback',
  },
  endpointHttpsOnly: {
    group: 'Security',
    type: yesOrNo,
    fallback: 'false',
    meaning: 'refuse http URLs of endpoints when they are created or changed',
  },
  signatureType: {
    group: 'Security',
    type: oneOf('hmac256', 'ed25519'),
    fallback: 'hmac256',
    meaning:
      'kind of secret that is generated for new endpoints: `whsec_…`, or `whsk_…` with its `whpk_…`',
  },
  corsOrigins: {
    group: 'Security',
    type: origins,
    fallback: null,
    meaning: 'origins whose pages may use the API from a browser (CORS); in `dev` any by default',
  },
  concurrency: {
    group: 'Delivery',
    type: wholeNumber(1, 65_535),
    fallback: '1024',
    meaning: 'requests in flight per process',
  },
  endpointConcurrency: {
    group: 'Delivery',
    type: wholeNumber(1, 65_535),
    fallback: '32',
    meaning: 'requests in flight per endpoint and process',
  },
  timeoutMs: {
    group: 'Delivery',
    type: wholeNumber(100, 120_000),
    fallback: String(DEFAULT_POLICY.timeoutMs),
    meaning: 'deadline of one attempt, from the DNS look-up to the last byte of the response',
  },
  retrySchedule: {
    group: 'Delivery',
    type: retrySchedule,
    fallback: DEFAULT_POLICY.retryScheduleMs.map((waitMs) => waitMs / 1000).join(','),
    meaning: 'seconds before each retry; the first attempt is made at once; empty: no retries',
  },
  success: {
    group: 'Delivery',
    type: oneOf('2xx', '200'),
    fallback: DEFAULT_POLICY.success,
    meaning: 'responses that count as delivered',
  },
  disableAfter: {
    group: 'Delivery',
    type: disablePolicy,
    fallback: disablePolicyText(DEFAULT_POLICY.disable),
    meaning:
      'when a failing endpoint is disabled: after failing for 5d, after "3 failures", or never',
  },
  svixHeaders: {
    group: 'Delivery',
    type: yesOrNo,
    fallback: 'false',
    meaning: 'also send webhook-id, -timestamp and -signature under their svix- names',
  },
  dnsServers: {
    group: 'Delivery',
    type: nameServers,
    fallback: '',
    meaning:
      'name servers that look up the hosts of endpoints; empty: those of the operating system',
  },
  proxyUrl: {
    group: 'Delivery',
    type: proxyUrl,
    fallback: null,
    meaning: 'HTTP or SOCKS5 proxy that all deliveries go through',
    secret: true,
  },
  proxyResolvesNames: {
    group: 'Delivery',
    type: yesOrNo,
    fallback: 'false',
    meaning:
      'let the proxy resolve the names of receivers; it must then refuse names of your own network',
  },
  noProxy: {
    group: 'Delivery',
    type: hostsAndNetworks,
    fallback: '',
    meaning:
      'receivers that deliveries reach without the proxy: hosts with their subdomains, networks',
  },
  caFile: {
    group: 'Delivery',
    type: filePath,
    fallback: null,
    meaning: 'certificates of authorities that are trusted besides those of the system and Node.js',
  },
} as const satisfies Record<string, Setting>;

export interface Setting {
  readonly group:
    | 'Server'
    | 'Portal'
    | 'Storage'
    | 'Retention'
    | 'Ingest'
    | 'Security'
    | 'Delivery';
  readonly type: SettingType<unknown, unknown>;
  /** The default, as text; null: none. */
  readonly fallback: string | null;
  readonly meaning: string;
  /** True: errors never show the value. */
  readonly secret?: true;
}

export type SettingKey = keyof typeof SETTINGS;

/** The content of a configuration file: each value as text, or as JSON. */
export type Settings = {
  readonly [K in SettingKey]?: string | NonNullable<(typeof SETTINGS)[K]['type']['native']>;
};

export const settingKeys = Object.keys(SETTINGS) as SettingKey[];

/** `retrySchedule` → `POSTHASTE_RETRY_SCHEDULE` */
export function environmentName(key: SettingKey): string {
  return `POSTHASTE_${key.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`;
}

/** `retrySchedule` → `--retry-schedule` */
export function flagName(key: SettingKey): string {
  return `--${key.replaceAll(/[A-Z]/g, '-$&').toLowerCase()}`;
}
