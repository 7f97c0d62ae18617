import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  type Setting,
  type SettingKey,
  SETTINGS,
  type Settings,
  environmentName,
  flagName,
  settingKeys,
} from './settings.ts';
import { similarName } from './similar-name.ts';
import { readVariable } from './variables.ts';
import { PosthasteError } from '../domain/errors.ts';
import type { DeliveryPolicy } from '../domain/policy.ts';
import type { SettingInForce, SettingSource } from '../domain/setting-in-force.ts';

/**
 * All settings of an installation, checked and frozen: the value of each row of `SETTINGS` under its
 * key (null: not set, and there is no default), except that some are grouped. Durations are
 * milliseconds.
 */
export interface Config extends Omit<Values, Regrouped> {
  /** `path` is the given one, relative to the working directory. */
  readonly database: Values['databaseUrl'];
  readonly queue: Values['queueUrl'];
  /** All settings in a form for showing. */
  readonly inForce: readonly SettingInForce[];
  /** Applies where neither the application nor the endpoint has a policy of its own. */
  readonly policy: DeliveryPolicy;
}

export type LogLevel = Config['logLevel'];

type Values = {
  readonly [K in SettingKey]:
    | Exclude<ReturnType<(typeof SETTINGS)[K]['type']['parse']>, undefined>
    | ((typeof SETTINGS)[K]['fallback'] extends null ? null : never);
};

type Regrouped =
  | 'databaseUrl'
  | 'queueUrl'
  | 'retrySchedule'
  | 'timeoutMs'
  | 'success'
  | 'disableAfter';

export interface ConfigSources {
  /** The flags of the command line; true: a flag without a value. */
  readonly flags?: { readonly [K in SettingKey]?: string | true };
  /** `--config`: the file must exist. Without it, `posthaste.config.json` in `cwd` is read if it exists. */
  readonly file?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Settings that have no default and must be given. */
  readonly required?: readonly SettingKey[];
}

/**
 * Flags beat environment, environment beats file, file beats default. Throws one `configuration`
 * error that names every wrong setting. An empty environment variable counts as not set, except where
 * an empty value is accepted.
 */
export function loadConfig(sources: ConfigSources = {}): Config {
  const { flags = {}, env = process.env, cwd = process.cwd() } = sources;
  const errors: string[] = [];
  const file = readFile(sources.file, cwd, errors);
  const find = (key: SettingKey): Given | undefined => {
    const flag = flags[key];
    if (flag !== undefined) return { name: flagName(key), value: flag, source: 'flag' };
    const variable = readVariable(env, environmentName(key));
    if (variable !== undefined && (variable !== '' || SETTINGS[key].type.emptyAllowed)) {
      return { name: environmentName(key), value: variable, source: 'environment' };
    }
    return key in file.values
      ? { name: `${key} (in ${file.name})`, value: file.values[key], source: 'file' }
      : undefined;
  };
  for (const key of sources.required ?? []) {
    if (find(key) !== undefined) continue;
    errors.push(`${environmentName(key)} is not set; it must be ${SETTINGS[key].type.description}`);
  }
  return build(find, errors);
}

/** Reads settings given in-process, in the form of a configuration file; reads no file and no environment. */
export function configFrom(settings: Settings): Config {
  const errors: string[] = [];
  rejectUnknown(settings, '', errors);
  return build((key) => {
    const value = settings[key];
    return value === undefined ? undefined : { name: key, value, source: 'program' };
  }, errors);
}

interface Given {
  readonly name: string;
  readonly value: unknown;
  readonly source: SettingSource;
}

function build(find: (key: SettingKey) => Given | undefined, errors: string[]): Config {
  const all = settingKeys.map((key) => ({ key, given: find(key) }));
  const values = Object.fromEntries(all.map(({ key, given }) => [key, read(key, given, errors)]));
  if (errors.length > 0) throw configurationError(errors);
  // Each value was read by its own row's type.
  const { databaseUrl, queueUrl, retrySchedule, timeoutMs, success, disableAfter, ...others } =
    values as Values;
  const policy = { retryScheduleMs: retrySchedule, timeoutMs, success, disable: disableAfter };
  return Object.freeze({
    ...others,
    database: databaseUrl,
    queue: queueUrl,
    inForce: Object.freeze(all.map(({ key, given }) => inForce(key, given))),
    policy: Object.freeze(policy),
  });
}

function read(key: SettingKey, given: Given | undefined, errors: string[]): unknown {
  const { type, fallback, secret }: Setting = SETTINGS[key];
  const text = given === undefined ? fallback : textOf(given.value);
  if (given === undefined && text === null) return null;
  const value = text === null ? undefined : type.parse(text);
  if (value === undefined) {
    const shown = secret || text === null ? '' : `, not ${JSON.stringify(withoutPassword(text))}`;
    errors.push(`${given?.name ?? key} must be ${type.description}${shown}`);
  }
  return value;
}

function inForce(key: SettingKey, given: Given | undefined): SettingInForce {
  const { group, meaning, fallback, secret }: Setting = SETTINGS[key];
  const text = given === undefined ? fallback : textOf(given.value);
  const isHidden = secret === true && text !== null;
  return Object.freeze({
    name: key,
    group,
    meaning,
    value: isHidden || text === null ? null : withoutPassword(text),
    isHidden,
    source: given?.source ?? 'default',
  });
}

function configurationError(errors: readonly string[]): PosthasteError {
  const message =
    errors.length === 1
      ? String(errors[0])
      : `${errors.length} settings are wrong:\n${errors.map((error) => `  - ${error}`).join('\n')}`;
  return new PosthasteError('configuration', message);
}

/** The database in a form for showing, without its password. */
export function shownDatabase(database: Config['database']): string {
  return database.kind === 'sqlite' ? database.path : withoutPassword(database.url);
}

function withoutPassword(text: string): string {
  return text.replace(/\/\/[^/?#]*@/, '//…@').replaceAll(/([?&]\w*password=)[^&]*/gi, '$1…');
}

/** A JSON value as text; null when no setting accepts such a value. */
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
  errors: string[],
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
      errors.push(
        `${explicit === undefined ? name : `--config ${name}`} cannot be read: ${reason}`,
      );
    }
    return nothing;
  }
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (error) {
    errors.push(`${name} is not valid JSON: ${(error as Error).message}`);
    return nothing;
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    errors.push(`${name} must hold one JSON object, such as {"port": 8071}`);
    return nothing;
  }
  rejectUnknown(values, ` (in ${name})`, errors);
  return { name, values: values as Record<string, unknown> };
}

function rejectUnknown(values: object, where: string, errors: string[]): void {
  for (const key of Object.keys(values)) {
    if (key in SETTINGS || key === '$schema') continue;
    const similar = similarName(key, settingKeys) || `; there are: ${settingKeys.join(', ')}`;
    errors.push(`${key}${where} is not a setting${similar}`);
  }
}
