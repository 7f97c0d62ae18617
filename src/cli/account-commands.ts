import { Argument, type Command } from 'commander';
import type { Shell } from './completion.ts';
import type { Io } from './io.ts';

/** The commands that choose the server and token for all other commands, and shell completion. */
export function addAccountCommands(program: Command, io: Io): void {
  program.commandsGroup('This command:');
  withHelp(program.command('login'))
    .summary('save the server and the token that all other commands use')
    .description(
      'Checks the token, and saves it with the address of the server in a file that only you can read ($XDG_CONFIG_HOME/posthaste/profiles.json). Commands use this profile from then on, except in a folder where posthaste dev runs.',
    )
    .option('--server <url>', 'the server (default: http://127.0.0.1:8071)')
    .option('--profile <name>', 'the name of the profile (default: default)')
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
    .summary('list, choose and remove saved profiles')
    .description('Profiles are servers with their tokens, as posthaste login saves them.');
  withHelp(profile.command('list'))
    .summary('list the profiles; the star marks the current one')
    .action(async () => (await import('./login.ts')).listProfiles(io));
  withHelp(profile.command('use'))
    .argument('<name>', 'the profile')
    .summary('use this profile when a command names none')
    .action(async (name: string) => (await import('./login.ts')).useProfile(name, io));
  withHelp(profile.command('remove'))
    .argument('<name>', 'the profile')
    .summary('delete a profile and its token')
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
