import type { Command } from 'commander';

/** Adds the flags that choose server and token; see `config/connection.ts`. */
export function withConnection(command: Command): Command {
  return command
    .helpOption('-h, --help', 'print this help')
    .option('--server <url>', 'the server to ask (POSTHASTE_SERVER)')
    .option('--token <token>', 'the token to use (POSTHASTE_TOKEN)')
    .option('--profile <name>', 'use this profile of posthaste login (POSTHASTE_PROFILE)')
    .option('--json', 'print the JSON of the API');
}
