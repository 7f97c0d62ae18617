import { Argument, type Command } from 'commander';
import type { Shell } from './completion.ts';
import type { Io } from './io.ts';

/** The commands that say whom all others ask, and the completion of shells. */
export function addAccountCommands(program: Command, io: Io): void {
  program.commandsGroup('This command:');
  withHelp(program.command('login'))
    .summary('save a server and a token, for all commands that ask it')
    .description(
      'Tries the token, and saves it with the address of the server in a file that only you can read ($XDG_CONFIG_HOME/posthaste/profiles.json). The profile is used from then on, except in a folder where posthaste dev runs.',
    )
    .option('--server <url>', 'the server (default: http://127.0.0.1:8071)')
    .option('--profile <name>', 'a name for it (default: default)')
    .option('--token <token>', 'the token (default: asked for, or read from standard input)')
    .addHelpText(
      'after',
      example(
        'posthaste login --server https://hooks.example.com --profile production',
        'posthaste token | posthaste login',
      ),
    )
    .action(async (flags: { server?: string; profile?: string; token?: string }) => {
      const { login } = await import('./login.ts');
      await login(flags, io);
    });

  const profile = program
    .command('profile')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .summary('list, choose and remove what login saved')
    .description('What posthaste login saved: servers with their tokens.');
  withHelp(profile.command('list'))
    .summary('list the profiles; the star marks the one in use')
    .action(async () => (await import('./login.ts')).listProfiles(io));
  withHelp(profile.command('use'))
    .argument('<name>', 'the profile')
    .summary('use this profile where none is named')
    .action(async (name: string) => (await import('./login.ts')).useProfile(name, io));
  withHelp(profile.command('remove'))
    .argument('<name>', 'the profile')
    .summary('forget a profile and its token')
    .action(async (name: string) => (await import('./login.ts')).removeProfile(name, io));

  withHelp(program.command('completion'))
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .summary('print a script that completes commands and flags')
    .description('Prints a script for a shell, which completes commands, verbs and flags.')
    .addHelpText(
      'after',
      example(
        'posthaste completion bash > ~/.local/share/bash-completion/completions/posthaste',
        'source <(posthaste completion zsh)',
        'posthaste completion fish > ~/.config/fish/completions/posthaste.fish',
      ),
    )
    .action(async (shell: Shell) => {
      const { completionScript } = await import('./completion.ts');
      const { SCOPES } = await import('../domain/rights.ts');
      const { readOperations } = await import('./api/read-operations.ts');
      const { mcpResources } = await import('./mcp/mcp-tools.ts');
      const values = {
        'key create --scope': SCOPES,
        'mcp --resources': mcpResources(readOperations()),
      };
      io.out(completionScript(program, shell, values));
    });
}

function withHelp(command: Command): Command {
  return command.helpOption('-h, --help', 'print this help');
}

function example(...lines: readonly string[]): string {
  return ['', 'Example:', ...lines.map((line) => `  $ ${line}`), ''].join('\n');
}
