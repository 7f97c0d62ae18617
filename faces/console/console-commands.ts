import type { Command } from '../kit/shell/palette-commands.ts';
import { paths } from './paths.ts';

/** The commands that the palette offers for the typed text, besides the pages. */
export function commandsFor(typed: string): readonly Command[] {
  if (typed === '') return [];
  return [
    {
      title: `Open application ${typed}`,
      hint: 'by id or uid',
      to: paths.application(typed),
      always: true,
    },
    {
      title: `Find message ${typed}`,
      hint: 'by id or event id',
      to: `/messages?find=${encodeURIComponent(typed)}`,
      always: true,
    },
  ];
}
