import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  type Setting,
  type SettingKey,
  SETTINGS,
  type Settings,
  environmentName,
  flagName,
} from './settings.ts';
import { PosthasteError } from '../domain/errors.ts';
import type { DeliveryPolicy } from '../domain/policy.ts';

/** All that an installation can set, checked and frozen. Durations are milliseconds. */
export interface Config {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** `path` as it was given; relative to the working directory. */
  readonly database: { readonly kind: 'sqlite'; readonly path: string };
  readonly queue: { readonly kind: 'memory' } | { readonly kind: 'amqp'; readonly url: string };
  readonly jwtSecret: string | null;
  /** 32 bytes. Null: signing secrets are stored as they are. */
  readonly secretsKey: Uint8Array | null;
  /** Addresses and networks that the address guard allows besides global addresses. */
  readonly allowNetworks: readonly string[];
  /** Never empty. */
  readonly roles: readonly Role[];
  readonly concurrency: number;
  readonly endpointConcurrency: number;
  /** In force where neither the application nor the endpoint has its own. */
  readonly policy: DeliveryPolicy;
  /** Each header is also sent under its `svix-…` name. */
  readonly svixHeaders: boolean;
  /** Such as `10.0.0.2` or `127.0.0.1:5353`. Empty: the system's. */
  readonly dnsServers: readonly string[];
  /** `http://[user:password@]host[:port]/`. Null: deliveries go straight to the receivers. */
  readonly proxyUrl: string | null;
  /** A PEM file as it was given; relative to the working directory. Null: no more authorities. */
  readonly caFile: string | null;
  /** Largest request body that the HTTP server reads. */
  readonly bodyLimitBytes: number;
  /** Whether the HTTP server may answer publish requests without `node:http`. */
  readonly fastPublish: boolean;
  readonly logLevel: LogLevel;
}

export type Role = 'api' | 'worker';
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export interface ConfigSources {
  /** What the command line said; true: the flag alone. */
  readonly flags?: { readonly [K in SettingKey]?: string | true };
  /** `--config`: must exist. Without it, `posthaste.config.json` in `cwd` is read if it is there. */
  readonly file?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Settings that have no default and must be given. */
  readonly required?: readonly SettingKey[];
}

/**
 * Flags beat environment, environment beats file, file beats default. Throws one `configuration`
 * error that names every fault. An empty environment variable counts as not set, except where
 * empty is an accepted form.
 */
export function loadConfig(sources: ConfigSources = {}): Config {
  const { flags = {}, env = process.env, cwd = process.cwd() } = sources;
  const faults: string[] = [];
  const file = readFile(sources.file, cwd, faults);
  const find = (key: SettingKey): Given | undefined => {
    const flag = flags[key];
    if (flag !== undefined) return { name: flagName(key), value: flag };
    const variable = env[environmentName(key)];
    if (variable !== undefined && (variable !== '' || SETTINGS[key].form.emptyAllowed)) {
      return { name: environmentName(key), value: variable };
    }
    return key in file.values
      ? { name: `${key} (in ${file.name})`, value: file.values[key] }
      : undefined;
  };
  for (const key of sources.required ?? []) {
    if (find(key) !== undefined) continue;
    faults.push(`${environmentName(key)} is not set; it must be ${SETTINGS[key].form.accepts}`);
  }
  return build(find, faults);
}

/** The settings of a configuration file given in-process: no file and no environment is read. */
export function configFrom(settings: Settings): Config {
  const faults: string[] = [];
  rejectUnknown(settings, '', faults);
  return build((key) => {
    const value = settings[key];
    return value === undefined ? undefined : { name: key, value };
  }, faults);
}

interface Given {
  readonly name: string;
  readonly value: unknown;
}

function build(find: (key: SettingKey) => Given | undefined, faults: string[]): Config {
  const read = <K extends SettingKey>(key: K): Parsed<K> => {
    const { form, fallback, secret }: Setting = SETTINGS[key];
    const given = find(key);
    const text = given === undefined ? fallback : textOf(given.value);
    if (given === undefined && text === null) return null as Parsed<K>;
    const parsed = text === null ? undefined : form.parse(text);
    if (parsed === undefined) {
      const shown = secret || text === null ? '' : `, not ${JSON.stringify(withoutPassword(text))}`;
      faults.push(`${given?.name ?? key} must be ${form.accepts}${shown}`);
    }
    return parsed as Parsed<K>;
  };
  const config: Config = {
    host: read('host'),
    port: read('port'),
    database: read('databaseUrl'),
    queue: read('queueUrl'),
    jwtSecret: read('jwtSecret'),
    secretsKey: read('secretsKey'),
    allowNetworks: read('allowNetworks'),
    roles: read('roles'),
    concurrency: read('concurrency'),
    endpointConcurrency: read('endpointConcurrency'),
    policy: Object.freeze({
      retryScheduleMs: read('retrySchedule'),
      timeoutMs: read('timeoutMs'),
      success: read('success'),
      disable: read('disableAfter'),
    }),
    svixHeaders: read('svixHeaders'),
    dnsServers: read('dnsServers'),
    proxyUrl: read('proxyUrl'),
    caFile: read('caFile'),
    bodyLimitBytes: read('bodyLimitBytes'),
    fastPublish: read('fastPublish'),
    logLevel: read('logLevel'),
  };
  if (faults.length > 0) throw configurationError(faults);
  return Object.freeze(config);
}

type Parsed<K extends SettingKey> =
  | Exclude<ReturnType<(typeof SETTINGS)[K]['form']['parse']>, undefined>
  | ((typeof SETTINGS)[K]['fallback'] extends null ? null : never);

export function configurationError(faults: readonly string[]): PosthasteError {
  const message =
    faults.length === 1
      ? String(faults[0])
      : `${faults.length} settings are wrong:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`;
  return new PosthasteError('configuration', message);
}

function withoutPassword(text: string): string {
  return text.replace(/\/\/[^@]*@/, '//…@');
}

/** The written form of a value from JSON; null when no setting takes such a value. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value) && value.every((item) => ['string', 'number'].includes(typeof item))) {
    return value.join(',');
  }
  return null;
}

function readFile(
  explicit: string | undefined,
  cwd: string,
  faults: string[],
): { name: string; values: Readonly<Record<string, unknown>> } {
  const name = explicit ?? 'posthaste.config.json';
  const nothing = { name, values: {} };
  let text: string;
  try {
    text = readFileSync(resolve(cwd, name), 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (explicit !== undefined || code !== 'ENOENT') {
      const reason = code === 'ENOENT' ? 'there is no such file' : String(code);
      faults.push(
        `${explicit === undefined ? name : `--config ${name}`} cannot be read: ${reason}`,
      );
    }
    return nothing;
  }
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (error) {
    faults.push(`${name} is not valid JSON: ${(error as Error).message}`);
    return nothing;
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    faults.push(`${name} must hold one JSON object, such as {"port": 8071}`);
    return nothing;
  }
  rejectUnknown(values, ` (in ${name})`, faults);
  return { name, values: values as Record<string, unknown> };
}

function rejectUnknown(values: object, where: string, faults: string[]): void {
  for (const key of Object.keys(values)) {
    if (key in SETTINGS || key === '$schema') continue;
    faults.push(`${key}${where} is not a setting; there are: ${Object.keys(SETTINGS).join(', ')}`);
  }
}
