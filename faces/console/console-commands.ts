import type { Command } from '../kit/shell/palette-commands.ts';

/** What the palette offers for what was typed, besides the pages. */
export function commandsFor(typed: string): readonly Command[] {
  if (typed === '') return [];
  return [
    {
      title: `Find message ${typed}`,
      hint: 'by id or event id',
      to: `/messages?find=${encodeURIComponent(typed)}`,
      always: true,
    },
  ];
}
