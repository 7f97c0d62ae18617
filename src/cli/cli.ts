import { inspect } from 'node:util';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { type ApiClient, createApiClient } from './api/api-client.ts';
import type { ConfigWithSecret, OfOrganization } from './connection-by-secret.ts';
import { type Io, processIo } from './io.ts';
import { UserError } from './user-error.ts';
import { environmentHelp, settingOptions } from './settings-help.ts';
import { databaseUrl, duration } from '../config/setting-types.ts';
import { type Config, type ConfigSources, loadConfig } from '../config/config.ts';
import { findConnection } from '../config/connection.ts';
import { type SettingKey, settingKeys } from '../config/settings.ts';
import { unknownVariables } from '../config/variables.ts';
import { addAccountCommands } from './account-commands.ts';
import { addClientCommands } from './client-commands.ts';
import { type ErrorCode, PosthasteError } from '../domain/errors.ts';
import { CAPABILITIES, type Capability } from '../domain/rights.ts';
import type { ApplyRequest } from './configuration.ts';
import type { CopyRequest } from './copy.ts';
import type { NewKey } from './key.ts';
import type { StatusRequest } from './status.ts';
import { VERSION } from '../version.ts';

/** Runs one command line. Exit codes: 0 success, 1 failure, 2 usage or configuration error. */
export async function main(argv: readonly string[]): Promise<void> {
  const code = await runCommand(argv, processIo());
  if (code !== 0) process.exit(code);
}

/** Answers the exit code. */
export async function runCommand(argv: readonly string[], io: Io): Promise<number> {
  for (const sentence of unknownVariables(io.env)) io.err(`posthaste: ${sentence}\n`);
  try {
    const program = await createProgram(argv[2], io);
    nameHelp(program, program.name());
    await program.parseAsync([...argv]);
    return 0;
  } catch (error) {
    return exitCodeOf(error, io);
  }
}

/** Whoever uses a command wrongly is sent to the help of that command. */
function nameHelp(command: Command, path: string): void {
  command.showHelpAfterError(`Run "${path} --help" for usage.`);
  for (const sub of command.commands) nameHelp(sub, `${path} ${sub.name()}`);
}

type Flags = NonNullable<ConfigSources['flags']> & { readonly config?: string };

/** Of a command that asks a running process. */
type ServerFlags = Flags & OfOrganization;

type AccessFlags = ServerFlags & { readonly token?: string; readonly profile?: string };

type CopyFlags = Omit<CopyRequest, 'from' | 'to'> & { readonly from: string; readonly to: string };

interface TokenFlags {
  readonly app?: string;
  readonly organization?: string;
  readonly expiresIn?: number;
  readonly featureFlag?: readonly string[];
  readonly capability?: readonly Capability[];
}

/** What the API offers is read only where a command, a help or a completion needs it. */
async function createProgram(firstWord: string | undefined, io: Io): Promise<Command> {
  const program = createOwnCommands(io);
  addAccountCommands(program, io);
  addClientCommands(program, io);
  const isOwn = program.commands.some((command) => command.name() === firstWord);
  if (isOwn && firstWord !== 'completion' && firstWord !== 'status') return program;
  const { addApiCommands } = await import('./api/api-commands.ts');
  addApiCommands(program, io);
  return program;
}

function createOwnCommands(io: Io): Command {
  const program = new Command('posthaste')
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .description(
      'Accepts an event once and delivers it to every webhook endpoint that asked for it.',
    )
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help, or that of a command: posthaste serve --help')
    .helpCommand(false)
    .enablePositionalOptions()
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .exitOverride()
    .addHelpText('after', environmentHelp)
    .commandsGroup('Server:');

  withSettings(
    program.command('dev'),
    settingKeys.filter((key) => key !== 'roles'),
  )
    .summary(
      'try Posthaste on this machine: temporary token, loopback endpoints allowed, readable log',
    )
    .description(
      'Starts a server for trying things out on this machine. Deliveries to 127.0.0.0/8 and ::1 are allowed, and without a JWT secret one is generated: its token is printed, kept in data/dev-token while the server runs, and invalid afterwards.',
    )
    .addHelpText('after', example('posthaste dev --port 8080'))
    .action(async (flags: Flags) => {
      const config = loadConfig(sources(flags));
      const { dev } = await import('./dev.ts');
      await dev(config);
    });

  withSettings(program.command('serve'), settingKeys)
    .summary('run the server; needs POSTHASTE_JWT_SECRET')
    .description(
      'Runs the server until SIGTERM or SIGINT, logging JSON lines. The database is created or migrated first.',
    )
    .addHelpText(
      'after',
      example(
        'export POSTHASTE_JWT_SECRET="$(openssl rand -base64 32)"',
        'posthaste serve --host 0.0.0.0 --database-url sqlite:/var/lib/posthaste/posthaste.db',
      ),
    )
    .action(async (flags: Flags) => {
      const config = loadConfig({ ...sources(flags), required: ['jwtSecret'] });
      const { serve } = await import('./serve.ts');
      await serve(config);
    });

  withSettings(program.command('migrate'), ['databaseUrl'])
    .summary('bring the database to the schema of this version, and exit')
    .description(
      'Brings the database to the schema of this version, creating it if there is none. serve and dev do the same when they start; run it first to migrate as a step of its own. With SQLite the server must be stopped.',
    )
    .addHelpText('after', example('posthaste migrate --database-url sqlite:./data/posthaste.db'))
    .option('--dry-run', 'print the SQL that would run, and change nothing')
    .action(async ({ dryRun, ...flags }: Flags & { readonly dryRun?: true }) => {
      const config = loadConfig(sources(flags));
      const { migrate } = await import('./migrate.ts');
      await migrate(config, dryRun === true);
    });

  program
    .command('copy')
    .helpOption('-h, --help', 'print this help')
    .summary('move an installation from SQLite to an empty PostgreSQL database')
    .description(
      'Copies everything that a SQLite database holds to an empty PostgreSQL database, and compares both at the end. The server must be stopped meanwhile; the SQLite database is only read. If the command is interrupted, run it again: it goes on where it was. Then start the server on the PostgreSQL database, with the same secrets as before.',
    )
    .requiredOption('--from <url>', 'the SQLite database: a path, or sqlite:PATH')
    .requiredOption('--to <url>', 'postgres://USER:PASSWORD@HOST/DATABASE')
    .option('--dry-run', 'print what would be copied, and change nothing')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      example(
        'posthaste copy --from /var/lib/posthaste/posthaste.db --to postgres://posthaste@db.internal/posthaste',
      ),
    )
    .action(async ({ from, to, ...how }: CopyFlags) => {
      const [source, target] = [database('--from', from), database('--to', to)];
      const { copy } = await import('./copy.ts');
      await copy({ from: source, to: target, ...how });
    });

  withAccess(program.command('status'))
    .summary('show the processes of an installation, and what waits to be delivered')
    .description(
      'Asks a running process for all processes that use its database: their roles, version and lease, and how many of the 256 shards of endpoints each delivers to; and how many deliveries wait.',
    )
    .option('--json', 'print JSON, as of GET /api/v1/status')
    .addHelpText(
      'after',
      example('posthaste status', 'posthaste status --url http://10.0.0.7:8071 --json'),
    )
    .action(async ({ json, ...flags }: AccessFlags & StatusRequest) => {
      const { printStatus } = await import('./status.ts');
      await printStatus(await clientOf(flags, io), io, { json });
    });

  withAccess(program.command('export'))
    .summary('print event types, applications and endpoints as one JSON document')
    .description(
      'Asks a running process for the configuration of an organization. Secrets are left out unless you ask for them; the document says so.',
    )
    .option('--with-secrets', 'with signing secrets and credentials: keep the document safe')
    .addHelpText('after', example('posthaste export > configuration.json'))
    .action(async ({ withSecrets, ...flags }: AccessFlags & { readonly withSecrets?: true }) => {
      const { exportConfiguration } = await import('./configuration.ts');
      await exportConfiguration(await clientOf(flags, io), io, { withSecrets });
    });

  withAccess(program.command('apply'))
    .argument('<file>', 'the document; - reads it from standard input')
    .summary('create and change what a document of export holds')
    .description(
      'Makes the configuration of an organization as the document says, in one transaction, and prints each change. What the document leaves out stays as it is. The second time, nothing changes.',
    )
    .option('--dry-run', 'print what would change, and change nothing')
    .option(
      '--prune',
      'delete what is not in a list that the document has; archive such event types',
    )
    .option('--json', 'print the changes as JSON')
    .addHelpText(
      'after',
      example('posthaste apply configuration.json --dry-run', 'posthaste apply configuration.json'),
    )
    .action(async (file: string, { dryRun, prune, json, ...flags }: AccessFlags & ApplyRequest) => {
      const { applyConfiguration } = await import('./configuration.ts');
      await applyConfiguration(await clientOf(flags, io), io, file, { dryRun, prune, json });
    });

  withSettings(program.command('token'), ['jwtSecret'])
    .summary('print an API token, or with --app a portal token')
    .description(
      'Prints a bearer token that is signed with the JWT secret. It gives access to the whole organization; with --app, to that application only.',
    )
    .option('--app <id>', 'limit the token to one application (app_…)', idOf('app_'))
    .option(
      '--organization <id>',
      'issue the token for this organization instead of the default one (org_…)',
      idOf('org_'),
    )
    .option(
      '--expires-in <time>',
      'how long the token is valid: 90s, 15m, 12h or 30d (default: without end)',
      seconds,
    )
    .option(
      '--feature-flag <name...>',
      'with --app: also show event types that have one of these feature flags',
    )
    .addOption(
      new Option('--capability <name...>', 'with --app: let the token do only this').choices(
        CAPABILITIES,
      ),
    )
    .addHelpText(
      'after',
      example(
        'TOKEN="$(posthaste token --expires-in 30d)"',
        'posthaste token --app app_… --expires-in 1h',
        'posthaste token --app app_… --feature-flag beta',
      ),
    )
    .action(async ({ featureFlag, capability, ...given }: Flags & TokenFlags) => {
      const { app, organization, expiresIn, ...flags } = given;
      const { printToken } = await import('./token.ts');
      await printToken(withSecret(flags), {
        app,
        organization,
        expiresIn,
        featureFlags: featureFlag,
        capabilities: capability,
      });
    });

  addKeyCommands(program, io);
  return program;
}

function addKeyCommands(program: Command, io: Io): void {
  const key = program
    .command('key')
    .helpOption('-h, --help', 'print this help, or that of a command: posthaste key create --help')
    .helpCommand(false)
    .summary('make, list and revoke API keys')
    .description(
      'Asks a running process for API keys: tokens that are kept, so that each can be limited, listed and revoked.',
    );

  withServer(key.command('create'))
    .summary('make a key, and print it this once')
    .requiredOption('--name <text>', 'what the key is for')
    .option(
      '--scope <scope...>',
      'what the key may do: read, publish or a right (default: everything)',
    )
    .option('--app <id>', 'limit the key to one application')
    .option(
      '--expires-in <time>',
      'how long the key is valid: 12h or 90d (default: without end)',
      seconds,
    )
    .addHelpText('after', example('KEY="$(posthaste key create --name billing --scope publish)"'))
    .action(async ({ name, scope, app, expiresIn, ...flags }: ServerFlags & NewKey) => {
      const { organization } = flags;
      const { createKey } = await import('./key.ts');
      await createKey(await bySecret(flags), io, { name, scope, app, expiresIn, organization });
    });

  withServer(key.command('list'))
    .summary('list the keys, with their last use')
    .option('--json', 'print JSON')
    .addHelpText('after', example('posthaste key list'))
    .action(async ({ json, ...flags }: ServerFlags & { json?: true }) => {
      const { listKeys } = await import('./key.ts');
      await listKeys(await bySecret(flags), io, { json, organization: flags.organization });
    });

  withServer(key.command('revoke'))
    .summary('revoke a key')
    .argument('<id>', 'the id of the key (key_…)', idOf('key_'))
    .option('--after <time>', 'let the key go on until then, three days at most', seconds)
    .addHelpText('after', example('posthaste key revoke key_… --after 1h'))
    .action(async (id: string, { after, ...flags }: ServerFlags & { after?: number }) => {
      const { revokeKey } = await import('./key.ts');
      await revokeKey(await bySecret(flags), id, { after, organization: flags.organization });
    });
}

function withServer(command: Command): Command {
  return withSettings(command, ['host', 'port', 'jwtSecret'])
    .option('--url <url>', 'ask the process at this address instead of the host and port')
    .option(
      '--organization <id>',
      'the organization instead of the default one (org_…)',
      idOf('org_'),
    );
}

function withAccess(command: Command): Command {
  return withServer(command)
    .option('--token <token>', 'with this token instead of the JWT secret (POSTHASTE_TOKEN)')
    .option('--profile <name>', 'as this profile of posthaste login (POSTHASTE_PROFILE)');
}

/** With the JWT secret a command makes its own token. Without, it has the token that other commands have. */
async function clientOf({ token, profile, ...flags }: AccessFlags, io: Io): Promise<ApiClient> {
  const { url, organization, ...settings } = flags;
  const config = loadConfig(sources(settings));
  if (hasSecret(config) && token === undefined && profile === undefined) {
    return makeClient(config, { url, organization });
  }
  if (organization !== undefined) {
    throw new PosthasteError(
      'configuration',
      '--organization needs the JWT secret: a token is for an organization of its own',
    );
  }
  try {
    return createApiClient(findConnection({ server: url, token, profile }, io));
  } catch (error) {
    if (!(error instanceof PosthasteError)) throw error;
    throw new PosthasteError(
      'configuration',
      `${error.message}\n  Or set POSTHASTE_JWT_SECRET to that of the server: the command makes its token with it.`,
    );
  }
}

function bySecret({ url, organization, ...flags }: ServerFlags): Promise<ApiClient> {
  return makeClient(withSecret(flags), { url, organization });
}

async function makeClient(config: ConfigWithSecret, where: OfOrganization): Promise<ApiClient> {
  const { connectionBySecret } = await import('./connection-by-secret.ts');
  return createApiClient(await connectionBySecret(config, where));
}

function hasSecret(config: Config): config is ConfigWithSecret {
  return config.jwtSecret !== null;
}

/** For commands that make their own token. */
function withSecret(flags: Flags): ConfigWithSecret {
  const config = loadConfig(sources(flags));
  if (hasSecret(config)) return config;
  throw new PosthasteError(
    'configuration',
    `POSTHASTE_JWT_SECRET is not set; it must be that of the server: the command makes its token with it.
  Who has a token only, as of posthaste dev, uses the resources of the API, such as api-token: posthaste --help`,
  );
}

function withSettings(command: Command, keys: readonly SettingKey[]): Command {
  command
    .helpOption('-h, --help', 'print this help')
    .option('--config <path>', 'read settings from this file instead of posthaste.config.json');
  for (const option of settingOptions(keys)) command.addOption(option);
  return command;
}

function sources({ config, ...flags }: Flags): ConfigSources {
  return config === undefined ? { flags } : { flags, file: config };
}

function idOf(prefix: string): (text: string) => string {
  return (text) => {
    if (text.startsWith(prefix)) return text;
    throw new InvalidArgumentError(`Expected an id that begins with ${prefix}`);
  };
}

/** A path counts as that of a SQLite database. The text is not shown: it may have a password. */
function database(flag: string, text: string): Config['database'] {
  const parsed = databaseUrl.parse(/^\w+:/.test(text) ? text : `sqlite:${text}`);
  if (parsed !== undefined) return parsed;
  throw new PosthasteError('configuration', `${flag} must be ${databaseUrl.description}`);
}

function seconds(text: string): number {
  const ms = duration(text);
  if (ms === undefined || ms % 1000 !== 0)
    throw new InvalidArgumentError('Expected a duration such as 90s, 15m, 12h or 30d.');
  return ms / 1000;
}

/** To start again is no use. */
const MENDED_BY_A_PERSON: ReadonlySet<ErrorCode> = new Set(['configuration', 'storage_too_new']);

function exitCodeOf(error: unknown, io: Io): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const isExplained = error instanceof PosthasteError || error instanceof UserError;
  io.err(`posthaste: ${isExplained ? error.message : inspect(error)}\n`);
  return error instanceof PosthasteError && MENDED_BY_A_PERSON.has(error.code) ? 2 : 1;
}

function example(...lines: readonly string[]): string {
  return ['', 'Example:', ...lines.map((line) => `  $ ${line}`), ''].join('\n');
}
