import type { Command } from 'commander';
import type { Io } from './io.ts';

/** What developers do with messages, over the API. */
export function addClientCommands(program: Command, _io: Io): void {
  program.commandsGroup('Events:');
}
