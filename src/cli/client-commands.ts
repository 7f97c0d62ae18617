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

/** The commands with which developers publish and watch messages, over the API. */
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
    .option('--example <number>', 'the index of the example, from 0', count, 0)
    .summary('publish the example of an event type')
    .description(
      'Publishes an example from the JSON Schema of an event type, with some members changed.',
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
    .summary('show messages and attempts as they happen')
    .description(
      'Shows each message that is published to an application from now on, and each attempt to deliver it. Ctrl-C ends the command. With --json each line is an object of the API.',
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
    .argument('<url>', 'the URL of your program for webhooks, such as http://localhost:3000/hook')
    .requiredOption('--app <id>', "the application's id or uid")
    .option('--event-types <a,b>', 'only these event types', list)
    .option('--channels <a,b>', 'only messages on these channels', list)
    .summary('forward deliveries to a program on this machine')
    .description(
      'Creates a temporary endpoint, fetches its deliveries from the server and forwards them, signed as in production, to a program that the server cannot reach. The response of the program becomes the response of the attempt. The endpoint is deleted at the end, or after 90 seconds without a connection.',
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
    .requiredOption(
      '--since <time>',
      'the beginning of the period: how long ago, such as 2h, or an instant',
      instantArgument,
    )
    .option('--until <time>', 'the end of the period (default: now)', instantArgument)
    .addOption(
      new Option('--only <which>', 'only messages that failed, or that were never sent')
        .choices(['all', 'failed', 'missing'])
        .default('all'),
    )
    .option('--event-types <a,b>', 'only these event types', list)
    .option('--channel <name>', 'only messages on this channel')
    .option('--tag <name>', 'only messages with this tag')
    .option('--dry-run', 'print how many messages would be sent, and send nothing')
    .summary('send the messages of a period again')
    .description(
      'Makes the messages of a period due again at one endpoint, prints how many they are, and follows the task to its end.',
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
    .option('--app <uid>', 'the application to create', 'acme')
    .option('--url <url>', 'the URL of its endpoint (default: the inbox of dev)')
    .option('--messages <number>', 'how many messages to publish', count, 10)
    .summary('create an application, event types, an endpoint and messages for trying things out')
    .description(
      'Creates an application, event types and an endpoint for trying things out, and publishes messages. Running it again keeps the existing objects and publishes again.',
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
      'whsec_…, or whpk_… for ed25519; repeat the flag for several secrets',
      repeated,
    )
    .requiredOption(
      '-H, --header <line>',
      'webhook-id, webhook-timestamp, webhook-signature',
      repeated,
    )
    .option('--tolerance <time>', 'how old the signature may be', seconds, 300)
    .option('--any-time', 'accept a signature of any age')
    .summary('check the signature of a webhook, and print why it is invalid')
    .description(
      'Checks the signature of a webhook like a receiver, and prints the exact reason when it is not valid. Needs no server.',
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

/** Nothing else may use standard input and output, which belong to the agent. */
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
    .option('--event-id <id>', 'an id of your own choice: a second message with it is refused')
    .option('--channels <a,b>', 'the channels of the message', list)
    .option('--tags <a,b>', 'tags by which lists find the message', list)
    .option('--deliver-at <time>', 'send the message at this instant, in ISO 8601');
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
