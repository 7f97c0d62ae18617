import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Connection, findConnection } from '../config/connection.ts';
import { duration } from '../config/setting-types.ts';
import { type ApiClient, createApiClient } from './api/api-client.ts';
import { withConnection } from './api/connection-options.ts';
import type { Io } from './io.ts';
import type { McpSelection } from './mcp/mcp-tools.ts';
import { instantArgument } from './verbs/instant-argument.ts';
import type { ListenRequest } from './verbs/listen.ts';
import type { ReplayRequest } from './verbs/replay.ts';
import type { SeedRequest } from './verbs/seed.ts';
import type { MessageOptions } from './verbs/send.ts';
import type { TailRequest } from './verbs/tail.ts';

type Asked<T> = T & Partial<Pick<Connection, 'server' | 'token'>> & { readonly profile?: string };

/** What developers do with messages, over the API. */
export function addClientCommands(program: Command, io: Io): void {
  program.commandsGroup('Events:');
  const clientOf = (flags: Asked<object>): ApiClient => createApiClient(findConnection(flags, io));

  withMessageOptions(withConnection(program.command('send')))
    .argument('<app>', "the application's id or uid")
    .argument('<event-type>', 'such as invoice.paid')
    .argument('<payload>', 'JSON, @FILE, or - for standard input')
    .summary('publish a message')
    .description('Publishes a message, and prints its id once it is on disk.')
    .addHelpText(
      'after',
      example(
        `posthaste send acme invoice.paid '{"total": 4200}'`,
        'posthaste send acme invoice.paid @payload.json --event-id paid-in_1',
        'jq .invoice order.json | posthaste send acme invoice.paid -',
      ),
    )
    .action(
      async (app: string, eventType: string, payload: string, flags: Asked<MessageOptions>) => {
        const { send } = await import('./verbs/send.ts');
        await send(clientOf(flags), io, { app, eventType, payload, ...messageOptions(flags) });
      },
    );

  withMessageOptions(withConnection(program.command('trigger')))
    .argument('<app>', "the application's id or uid")
    .argument('<event-type>', 'such as invoice.paid')
    .option('--override <path=value>', 'change a member of the example: a.b=1', repeated)
    .option('--example <number>', 'which of the examples, from 0', count, 0)
    .summary('publish the example of an event type')
    .description(
      'Publishes the example that the JSON Schema of an event type has, with some members changed.',
    )
    .addHelpText(
      'after',
      example(
        'posthaste trigger acme invoice.paid',
        'posthaste trigger acme invoice.paid --override total=1 --override customer.name=Ann',
      ),
    )
    .action(
      async (
        app: string,
        eventType: string,
        flags: Asked<MessageOptions & { override?: string[]; example: number }>,
      ) => {
        const { trigger } = await import('./verbs/trigger.ts');
        const { override: overrides = [], example } = flags;
        const message = { app, eventType, ...messageOptions(flags) };
        await trigger(clientOf(flags), io, { ...message, overrides, example });
      },
    );

  withConnection(program.command('tail'))
    .argument('<app>', "the application's id or uid")
    .option('--endpoint <id>', 'only attempts of this endpoint')
    .option('--event-types <a,b>', 'only these event types', list)
    .option('--channel <name>', 'only messages on this channel')
    .option('--tag <name>', 'only messages with this tag')
    .option('--failed', 'only attempts that failed, and no messages')
    .summary('show what is published and each attempt, live')
    .description(
      'Shows what is published to an application from now on, and each attempt to deliver it. Ctrl-C ends it. With --json each line is an object of the API.',
    )
    .addHelpText(
      'after',
      example('posthaste tail acme', 'posthaste tail acme --endpoint billing --failed'),
    )
    .action(async (app: string, flags: Asked<Omit<TailRequest, 'app'>>) => {
      const { tail } = await import('./verbs/tail.ts');
      await tail(clientOf(flags), io, { ...flags, app });
    });

  withConnection(program.command('listen'))
    .argument('<url>', 'where your program takes webhooks, such as http://localhost:3000/hook')
    .requiredOption('--app <id>', "the application's id or uid")
    .option('--event-types <a,b>', 'only these event types', list)
    .option('--channels <a,b>', 'only messages on these channels', list)
    .summary('bring deliveries to a program on this machine')
    .description(
      'Makes a temporary endpoint whose deliveries this command asks for, and brings to a program that the server cannot reach, signed as in production. The answer of the program is that of the attempt. The endpoint is deleted at the end, or after 90 seconds without a connection.',
    )
    .addHelpText(
      'after',
      example('posthaste listen http://localhost:3000/hook --app acme --event-types invoice.paid'),
    )
    .action(async (url: string, flags: Asked<Omit<ListenRequest, 'url'>>) => {
      const { listen } = await import('./verbs/listen.ts');
      await listen(clientOf(flags), io, { ...flags, url });
    });

  withConnection(program.command('replay'))
    .argument('<app>', "the application's id or uid")
    .argument('<endpoint>', "the endpoint's id or uid")
    .requiredOption('--since <time>', 'how long ago, such as 2h, or an instant', instantArgument)
    .option('--until <time>', 'up to then (default: now)', instantArgument)
    .addOption(
      new Option('--only <which>', 'what failed, or what was never sent')
        .choices(['all', 'failed', 'missing'])
        .default('all'),
    )
    .option('--event-types <a,b>', 'only these event types', list)
    .option('--channel <name>', 'only messages on this channel')
    .option('--tag <name>', 'only messages with this tag')
    .option('--dry-run', 'say how many it would be, and send nothing')
    .summary('send the messages of a time again')
    .description(
      'Makes the messages of a time due again at one endpoint, says how many they are, and follows the task to its end.',
    )
    .addHelpText(
      'after',
      example(
        'posthaste replay acme billing --since 2h --dry-run',
        'posthaste replay acme billing --since 2026-11-01T00:00:00Z --only failed',
      ),
    )
    .action(
      async (
        app: string,
        endpoint: string,
        flags: Asked<Omit<ReplayRequest, 'app' | 'endpoint'>>,
      ) => {
        const { replay } = await import('./verbs/replay.ts');
        const { server: _, token: _token, profile: _profile, ...request } = flags;
        await replay(clientOf(flags), io, { ...request, app, endpoint });
      },
    );

  withConnection(program.command('seed'))
    .option('--app <uid>', 'the application that is made', 'acme')
    .option('--url <url>', 'where its endpoint sends to (default: the inbox of dev)')
    .option('--messages <number>', 'how many are published', count, 10)
    .summary('make an application, event types, an endpoint and messages to play with')
    .description(
      'Makes what is needed to play with, and publishes. Run again, it publishes again: what is there is kept.',
    )
    .addHelpText(
      'after',
      example('posthaste seed', 'posthaste seed --app test --url http://127.0.0.1:3000/'),
    )
    .action(async (flags: Asked<SeedRequest>) => {
      const { seed } = await import('./verbs/seed.ts');
      await seed(clientOf(flags), io, flags);
    });

  addMcpCommand(program, io);

  program
    .command('verify')
    .helpOption('-h, --help', 'print this help')
    .argument('<file>', 'the body as it arrived; - reads standard input')
    .requiredOption(
      '--secret <secret>',
      'whsec_…, or whpk_… for ed25519; once for each of them',
      repeated,
    )
    .requiredOption(
      '-H, --header <line>',
      'webhook-id, webhook-timestamp, webhook-signature',
      repeated,
    )
    .option('--tolerance <time>', 'how old the signature may be', seconds, 300)
    .option('--any-time', 'however old the signature is')
    .summary('check the signature of a webhook, and say why it fails')
    .description(
      'Checks the signature of a webhook as a receiver does, and says exactly why it is not valid. Asks no server.',
    )
    .addHelpText(
      'after',
      example(
        "posthaste verify body.json --secret whsec_… -H 'webhook-id: msg_…' -H 'webhook-timestamp: 1774000000' -H 'webhook-signature: v1,…' --any-time",
      ),
    )
    .action(
      async (
        file: string,
        flags: { secret: string[]; header: string[]; tolerance: number; anyTime?: true },
      ) => {
        const { verify } = await import('./verbs/verify.ts');
        const toleranceSeconds = flags.anyTime ? Infinity : flags.tolerance;
        await verify(io, { file, secrets: flags.secret, headers: flags.header, toleranceSeconds });
      },
    );
}

/** Standard input and output belong to the agent: nothing else may be written there. */
function addMcpCommand(program: Command, io: Io): void {
  withConnection(program.command('mcp'))
    .option('--read-only', 'only operations that change nothing')
    .option('--resources <a,b>', 'only these: app,endpoint,msg,attempt (default: all)', list)
    .summary('offer the operations of the API to an agent (MCP)')
    .description(
      'Serves the Model Context Protocol on standard input and output: a tool for each operation of the API. The agent may do what the token may; give it a limited one (posthaste key create).',
    )
    .addHelpText(
      'after',
      example(
        'posthaste mcp --read-only',
        'claude mcp add posthaste -- npx posthaste mcp --profile staging --resources app,endpoint,msg,attempt',
      ),
    )
    .action(async (flags: Asked<McpSelection>) => {
      const client = createApiClient(findConnection(flags, io));
      const { createStdioTransport } = await import('./mcp/stdio-transport.ts');
      const { serveMcp } = await import('./mcp/serve-mcp.ts');
      await serveMcp(client, io, flags, createStdioTransport(io));
    });
}

function withMessageOptions(command: Command): Command {
  return command
    .option('--event-id <id>', 'your own id of the event: the second of its kind is not sent')
    .option('--channels <a,b>', 'the channels of the message', list)
    .option('--tags <a,b>', 'what lists find the message by', list)
    .option('--deliver-at <time>', 'send it then, an instant in ISO 8601');
}

function messageOptions(flags: MessageOptions): MessageOptions {
  const { eventId, channels, tags, deliverAt, json } = flags;
  return { eventId, channels, tags, deliverAt, json };
}

function repeated(text: string, earlier: readonly string[] = []): string[] {
  return [...earlier, text];
}

function list(text: string, earlier: readonly string[] = []): string[] {
  return [...earlier, ...text.split(',').filter((item) => item !== '')];
}

function count(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a number from 0.');
}

function seconds(text: string): number {
  const ms = duration(text);
  if (ms === undefined) throw new InvalidArgumentError('Expected a duration such as 90s or 15m.');
  return ms / 1000;
}

function example(...lines: readonly string[]): string {
  return ['', 'Example:', ...lines.map((line) => `  $ ${line}`), ''].join('\n');
}
