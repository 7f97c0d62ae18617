import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { z } from 'zod';

/**
 * Every setting by its name: `--server-port` as a flag, `SERVER_PORT` in the environment,
 * `"server-port"` in the file. Flags beat the environment, the environment beats the file.
 */
export const SETTINGS = {
  'server-host': setting('where to listen', text(1, 255), 'localhost'),
  'server-port': setting('port to listen on', integer(0, 65_535), 9001),
  'sqlite-file': setting('database', path(), '~/webhook-consumer.sqlite'),
  'client-name': setting('name to register with', text(3, 255), 'webhook-consumer'),
  'webhook-server-url': setting(
    "the provider's registration URL",
    httpUrl(),
    'http://localhost:9000/webhook',
  ),
  'callback-url': setting(
    'where the provider sends events: this server, as the provider sees it',
    httpUrl(),
    'http://localhost:9001/calls',
  ),
  'webhook-secret': setting(
    'whsec_… that the provider signs with (default: made once, kept in the database)',
    z
      .string()
      .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, 'must be whsec_ and base64 of 24 to 64 bytes')
      .nullable(),
    null,
  ),
  'accept-unsigned-from': setting(
    'addresses or networks, comma-separated, whose unsigned events are taken',
    z.preprocess(
      (value) => (typeof value === 'string' ? value.split(',').map((one) => one.trim()) : value),
      z.array(z.string().refine(isNetwork, 'must be IP addresses or networks such as 10.0.0.0/8')),
    ),
    [],
  ),
  'rabbitmq-uri': setting(
    'amqp://… of the broker for the extension queues (default: queues in this process)',
    z.url({ protocol: /^amqps?$/, error: 'must be an amqp:// or amqps:// URL' }).nullable(),
    null,
  ),
  'rabbitmq-900-queue': setting('queue of extension 900', text(1, 255), 'webhook-consumer-900'),
  'rabbitmq-901-queue': setting('queue of extension 901', text(1, 255), 'webhook-consumer-901'),
  'rabbitmq-prefetch': setting('calls that each extension has at a time', integer(1, 65_535), 2),
  'log-file': setting('log, JSON lines', path(), '~/webhook-consumer.log'),
};

type Definitions = typeof SETTINGS;
export type Settings = { readonly [K in keyof Definitions]: z.output<Definitions[K]['form']> };
type Name = keyof Definitions;

export class SettingsError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

const NAMES = Object.keys(SETTINGS) as Name[];
const DEFAULT_FILE = 'call-center.config.json';

/** Throws a `SettingsError` with every fault of every source at once. */
export function loadSettings(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Settings {
  const faults: string[] = [];
  const command = describeCommand();
  const { unknown, operands } = command.parseOptions([...argv]);
  for (const one of [...operands, ...unknown]) faults.push(`${one}: no such flag`);
  const flags = command.opts<Record<string, string | undefined>>();
  const file = readSettingsFile(flags.config ?? environment.CALL_CENTER_CONFIG, faults);

  const settings = Object.fromEntries(
    NAMES.map((name) => {
      const variable = name.toUpperCase().replaceAll('-', '_');
      const sources: [string, unknown][] = [
        [`--${name}`, flags[camelCase(name)]],
        [variable, environment[variable] || undefined],
        [`"${name}" in the file`, file[name]],
      ];
      const given = sources.find(([, value]) => value !== undefined);
      const parsed = SETTINGS[name].form.safeParse(given ? given[1] : SETTINGS[name].default);
      if (!parsed.success) {
        const reasons = new Set(parsed.error.issues.map((issue) => issue.message));
        faults.push(`${given?.[0] ?? name}: ${[...reasons].join('; ')}`);
      }
      return [name, parsed.data];
    }),
  ) as Settings;
  if (settings['rabbitmq-900-queue'] === settings['rabbitmq-901-queue']) {
    faults.push('rabbitmq-900-queue, rabbitmq-901-queue: must differ');
  }
  if (faults.length > 0) throw new SettingsError(faults);
  return settings;
}

export function describeCommand(): Command {
  const command = new Command('call-center')
    .description("Takes a telephony provider's call events, serves the calls and shows them live.")
    .option('--config <file>', `settings file, JSON (default: ./${DEFAULT_FILE}, if it is there)`);
  for (const name of NAMES) {
    const { meaning, default: fallback } = SETTINGS[name];
    const shown = fallback === null || Array.isArray(fallback) ? '' : ` (default: ${fallback})`;
    command.addOption(new Option(`--${name} <value>`, `${meaning}${shown}`));
  }
  return command.addHelpText(
    'after',
    '\nEach setting also comes from the environment (SERVER_PORT) or the file ("server-port").',
  );
}

function readSettingsFile(given: string | undefined, faults: string[]): Record<string, unknown> {
  const file = resolve(given ?? DEFAULT_FILE);
  if (given === undefined && !existsSync(file)) return {};
  try {
    const content = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(file, 'utf8')));
    for (const key of Object.keys(content)) {
      if (!(key in SETTINGS)) faults.push(`"${key}" in ${file}: no such setting`);
    }
    return content;
  } catch (error) {
    const reason = error instanceof z.ZodError ? 'is not a JSON object' : (error as Error).message;
    faults.push(`${file}: ${reason}`);
    return {};
  }
}

function setting<F extends z.ZodType>(meaning: string, form: F, fallback: z.output<F>) {
  return { meaning, form, default: fallback };
}

function integer(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  const written = z.string().regex(/^\d+$/, error).transform(Number);
  return z
    .union([written, z.number()], { error })
    .pipe(z.int(error).min(least, error).max(most, error));
}

function text(least: number, most: number) {
  const error = `must be a text of ${least} to ${most} characters`;
  return z.string(error).min(least, error).max(most, error);
}

function path() {
  return text(1, 4_096).transform((given) =>
    given.startsWith('~/') ? join(homedir(), given.slice(2)) : given,
  );
}

function httpUrl() {
  const error = 'must be an http:// or https:// URL of at most 255 characters';
  return z.url({ protocol: /^https?$/, error }).max(255, error);
}

function isNetwork(text: string): boolean {
  const [address = '', bits, more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more !== undefined) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
  );
}

function camelCase(name: string): string {
  return name.replaceAll(/-(.)/g, (_match, letter: string) => letter.toUpperCase());
}
