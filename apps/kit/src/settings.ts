import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { z } from 'zod';

/** One setting: what it is for, how its text or JSON is read, and what it is when nobody sets it. */
export interface Setting<F extends z.ZodType = z.ZodType> {
  readonly meaning: string;
  readonly form: F;
  readonly fallback: z.output<F>;
  /** How help shows the default. */
  readonly shown: string;
  /** An empty environment variable is a value, not the absence of one. */
  readonly emptyAllowed: boolean;
}

export type Definitions = Readonly<Record<string, Setting>>;
export type SettingsOf<D extends Definitions> = {
  readonly [K in keyof D]: z.output<D[K]['form']>;
};

export interface Program<D extends Definitions> {
  readonly name: string;
  readonly description: string;
  readonly definitions: D;
  /** Examples of use, printed at the end of `--help`. */
  readonly examples: string;
  /** Errors of settings each of which is valid, but not with the others. */
  readonly check?: (settings: SettingsOf<D>) => readonly string[];
}

export interface SettingsReader<D extends Definitions> {
  /**
   * Flags beat the environment, the environment beats the file, the file beats the defaults.
   * Throws one `SettingsError` with every error of every source.
   */
  read(argv: readonly string[], environment: Environment, folder?: string): SettingsOf<D>;
  help(): string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export class SettingsError extends Error {
  readonly errors: readonly string[];

  constructor(errors: readonly string[]) {
    super(errors.join('\n'));
    this.errors = errors;
  }
}

/**
 * A program's settings by their names: `port` is `--port` as a flag, `PORT` in the environment and
 * `"port"` in `NAME.config.json` of the working directory, or in the file that `--config` names.
 */
export function createSettingsReader<D extends Definitions>(
  program: Program<D>,
): SettingsReader<D> {
  const { definitions } = program;
  const names = Object.keys(definitions);
  const defaultFile = `${program.name}.config.json`;

  return {
    read(argv, environment, folder = process.cwd()) {
      const errors: string[] = [];
      const flags = readFlags(describe(program, defaultFile), argv, errors);
      const file = readFile(folder, flags['config'], defaultFile, errors);
      for (const key of Object.keys(file)) {
        if (!Object.hasOwn(definitions, key)) errors.push(`"${key}" in the file: no such setting`);
      }
      const values = Object.entries(definitions).map(([name, { form, fallback, emptyAllowed }]) => {
        const variable = environment[variableOf(name)];
        const sources: [string, unknown][] = [
          [`--${name}`, flags[camelCase(name)]],
          [variableOf(name), variable === '' && !emptyAllowed ? undefined : variable],
          [`"${name}" in the file`, file[name]],
        ];
        const given = sources.find(([, value]) => value !== undefined);
        if (given === undefined) return [name, fallback];
        const parsed = given[1] === true ? NO_VALUE : form.safeParse(given[1]);
        if (!parsed.success) errors.push(`${given[0]}: ${reasonsOf(parsed.error)}`);
        return [name, parsed.data];
      });
      const settings = Object.fromEntries(values) as SettingsOf<D>;
      if (errors.length === 0) errors.push(...(program.check?.(settings) ?? []));
      if (errors.length > 0) throw new SettingsError(errors);
      return settings;
    },

    help() {
      const example = names.find((name) => name.includes('-')) ?? names[0] ?? '';
      const flags = describe(program, defaultFile)
        .helpInformation()
        .replaceAll('[value]', '<value>');
      return `${flags}
Each setting can be given in three ways; the first of them beats the others:
  a flag         --${example} …
  environment    ${variableOf(example)}=…
  file           "${example}": … in ${defaultFile}

${program.examples.trimEnd()}\n`;
    },
  };
}

export function setting<F extends z.ZodType>(
  meaning: string,
  form: F,
  fallback: z.output<F>,
  { shown = defaultText(fallback), emptyAllowed = false } = {},
): Setting<F> {
  return { meaning, form, fallback, shown, emptyAllowed };
}

function describe<D extends Definitions>(program: Program<D>, defaultFile: string): Command {
  const command = new Command(program.name)
    .description(program.description)
    .helpOption('-h, --help', 'show this')
    .option('--config [value]', `settings file, JSON (default: ${defaultFile}, if it is there)`);
  for (const [name, { meaning, shown }] of Object.entries(program.definitions)) {
    const suffix = shown === '' ? '' : ` (default: ${shown})`;
    // Optional for commander, which would exit at a missing value; it is reported with the other errors.
    command.addOption(new Option(`--${name} [value]`, meaning + suffix));
  }
  return command;
}

function readFlags(
  command: Command,
  argv: readonly string[],
  errors: string[],
): Record<string, string | true | undefined> {
  const { unknown, operands } = command.parseOptions([...argv]);
  for (const one of operands) errors.push(`${one}: a value that belongs to no flag`);
  for (const one of unknown) {
    // `unknown` also has the values of unknown flags; only the flags are errors.
    if (one.startsWith('-')) errors.push(`${one}: no such flag`);
  }
  return command.opts();
}

function readFile(
  folder: string,
  given: string | true | undefined,
  defaultFile: string,
  errors: string[],
): Record<string, unknown> {
  if (given === true) {
    errors.push('--config: needs a value');
    return {};
  }
  const path = resolve(folder, given ?? defaultFile);
  try {
    const content = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, 'utf8')));
    delete content['$schema'];
    return content;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (missing && given === undefined) return {};
    const reason = error instanceof z.ZodError ? 'is not a JSON object' : (error as Error).message;
    errors.push(`${path}: ${missing ? 'there is no such file' : reason}`);
    return {};
  }
}

const NO_VALUE = z.never({ error: 'needs a value' }).safeParse(true);

function reasonsOf(error: z.ZodError): string {
  return [...new Set(error.issues.map(({ message }) => message))].join('; ');
}

function defaultText(fallback: unknown): string {
  return fallback === null ? '' : (fallback as string | number).toString();
}

function variableOf(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

function camelCase(name: string): string {
  return name.replaceAll(/-(.)/g, (_match, letter: string) => letter.toUpperCase());
}
