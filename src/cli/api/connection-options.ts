import type { Command } from 'commander';

/** Whom the command asks; see `config/connection.ts`. */
export function withConnection(command: Command): Command {
  return command
    .helpOption('-h, --help', 'print this help')
    .option('--server <url>', 'ask this server (POSTHASTE_SERVER)')
    .option('--token <token>', 'with this token (POSTHASTE_TOKEN)')
    .option('--profile <name>', 'as this profile of posthaste login (POSTHASTE_PROFILE)')
    .option('--json', 'print JSON, as the API answers');
}
