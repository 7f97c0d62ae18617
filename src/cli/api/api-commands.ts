import { type Command, Option } from 'commander';
import { findConnection } from '../../config/connection.ts';
import { createApiClient } from './api-client.ts';
import type { Io } from '../io.ts';
import type { ApiOperation, ApiParameter } from './api-operation.ts';
import { withConnection } from './connection-options.ts';
import { readOperations } from './read-operations.ts';
import { readValue } from './read-value.ts';
import { runOperation } from './run-operation.ts';

/** Adds a command for each operation of the API, by resource: `posthaste endpoint create`. */
export function addApiCommands(program: Command, io: Io): void {
  const own = new Map(program.commands.map((command) => [command.name(), command]));
  const resources = Map.groupBy(readOperations(), ({ resource }) => resource);
  program.commandsGroup('Resources of the API:');
  for (const [name, operations] of resources) {
    const command = own.get(name);
    if (command === undefined) addResource(program, io, name, operations);
    // The command `status` exists already (it works without a token); other operations become its verbs.
    else
      addVerbs(
        command,
        io,
        operations.filter(({ verb }) => verb !== 'get'),
      );
  }
}

function addResource(
  program: Command,
  io: Io,
  name: string,
  operations: readonly ApiOperation[],
): void {
  const verbs = operations.map(({ verb }) => verb).join(', ');
  const resource = program
    .command(name)
    .helpOption('-h, --help', `print this help; help of a verb: posthaste ${name} list --help`)
    .summary(verbs)
    .description(`Calls the operations of the API: ${verbs}.`);
  addVerbs(resource, io, operations);
}

function addVerbs(resource: Command, io: Io, operations: readonly ApiOperation[]): void {
  // Flags after the verb belong to the verb, even if the resource has a flag of the same name.
  resource.helpCommand(false).enablePositionalOptions();
  for (const operation of operations) addVerb(resource, io, operation);
}

interface Flag {
  readonly parameter: ApiParameter;
  readonly option: Option;
}

function addVerb(resource: Command, io: Io, operation: ApiOperation): void {
  const { verb, summary, description, query, body, isList } = operation;
  // The organization is not an argument, because the token determines it.
  const pathParameters = operation.pathParameters.filter((parameter) => !isFilledIn(parameter));
  const command = withConnection(resource.command(verb))
    .summary(lowerFirst(summary))
    .description([summary, description].filter((text) => text !== '').join('. '));
  for (const parameter of pathParameters) {
    command.argument(`<${argumentName(parameter)}>`, parameter.description);
  }
  const queryFlags = query.map((parameter) => flagOf(parameter));
  const taken = new Set([...RESERVED, ...queryFlags.map(({ option }) => option.attributeName())]);
  const bodyFlags = (body?.members ?? []).map((parameter) => flagOf(parameter, taken));
  for (const { option } of [...queryFlags, ...bodyFlags]) command.addOption(option);
  if (body !== null) {
    command.option('--data <json>', 'the body as JSON, @FILE, or - for standard input');
  }
  if (isList) command.option('--all', 'print all pages');
  command.addHelpText('after', examplesOf(operation, bodyFlags));
  command.action(async (...args: unknown[]) => {
    const given = args.slice(0, pathParameters.length) as string[];
    const options = args[pathParameters.length] as Options;
    const valuesOf = (flags: readonly Flag[]) =>
      Object.fromEntries(
        flags
          .map(
            ({ parameter, option }) => [parameter.name, options[option.attributeName()]] as const,
          )
          .filter(([, value]) => value !== undefined),
      );
    await runOperation(createApiClient(findConnection(options, io)), io, operation, {
      path: Object.fromEntries(pathParameters.map(({ name }, index) => [name, given[index] ?? ''])),
      query: valuesOf(queryFlags),
      members: valuesOf(bodyFlags),
      data: options.data,
      flagNames: Object.fromEntries(
        [...queryFlags, ...bodyFlags].map(({ parameter, option }) => [
          parameter.name,
          option.long ?? parameter.name,
        ]),
      ),
      json: options.json,
      all: options.all,
    });
  });
}

type Options = Readonly<Record<string, unknown>> & {
  readonly server?: string;
  readonly token?: string;
  readonly profile?: string;
  readonly data?: string;
  readonly json?: true;
  readonly all?: true;
};

/** Flags of every command, and the `--version` of the program. */
const RESERVED = ['data', 'json', 'server', 'token', 'profile', 'version', 'help', 'all'];

function flagOf(parameter: ApiParameter, taken: ReadonlySet<string> = new Set()): Flag {
  const { name, description, kind } = parameter;
  const flag = kebab(name);
  const long = taken.has(camel(flag)) ? `--body-${flag}` : `--${flag}`;
  const option = new Option(`${long} ${PLACEHOLDERS[kind]}`, description).argParser(
    (text: string, earlier: unknown) => readValue(parameter, text, earlier),
  );
  // Choices are only for help and completion; the server decides which values are accepted.
  const { enum: choices } = parameter.schema as { enum?: readonly string[] };
  if (kind === 'text' && choices !== undefined) option.argChoices = [...choices];
  return { parameter, option };
}

const PLACEHOLDERS = {
  text: '<text>',
  number: '<number>',
  boolean: '[boolean]',
  texts: '<a,b>',
  numbers: '<1,2>',
  map: '<name=value>',
  json: '<json>',
} as const;

function examplesOf(operation: ApiOperation, flags: readonly Flag[]): string {
  const { resource, verb, pathParameters, body, isList } = operation;
  const words = pathParameters
    .filter((parameter) => !isFilledIn(parameter))
    .map(({ name }) => EXAMPLE_NAMES[name] ?? argumentName({ name }));
  const line = ['posthaste', resource, verb, ...words].join(' ');
  const example = body?.example as Readonly<Record<string, unknown>> | undefined;
  const given = flags.flatMap(({ parameter, option }) => {
    const value = example?.[parameter.name];
    return value === undefined ? [] : [`${option.long} ${argumentOf(value)}`];
  });
  const lines = [
    [line, ...given].join(' '),
    ...(body === null ? [] : [`${line} --data @body.json`]),
    ...(isList ? [`${line} --all --json`] : []),
  ];
  return ['', 'Example:', ...lines.map((text) => `  $ ${text}`), ''].join('\n');
}

const EXAMPLE_NAMES: Readonly<Record<string, string>> = {
  app_id: 'acme',
  endpoint_id: 'billing',
  msg_id: 'msg_…',
  attempt_id: 'atmpt_…',
  task_id: 'qtask_…',
  key_id: 'key_…',
  event_type_name: 'invoice.paid',
};

function argumentOf(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) {
    return quoted(value.join(','));
  }
  return quoted(typeof value === 'string' ? value : JSON.stringify(value));
}

function quoted(text: string): string {
  return /^[\w./:@,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function argumentName({ name }: Pick<ApiParameter, 'name'>): string {
  return name.replace(/_(id|name)$/, '').replaceAll('_', '-');
}

export function isFilledIn({ name }: Pick<ApiParameter, 'name'>): boolean {
  return name === 'env_id';
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replaceAll('_', '-');
}

function camel(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
