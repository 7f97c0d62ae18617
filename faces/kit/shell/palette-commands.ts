/** A command of the palette: a page to open, or an operation. */
export interface Command {
  readonly title: string;
  /** The kind of the command, shown beside the title. */
  readonly hint: string;
  /** The path that the command opens. */
  readonly to?: string;
  readonly run?: () => void;
  /** Offered for any typed text, because the command was made from that text. */
  readonly always?: boolean;
}

const MOST_SHOWN = 12;

/** The commands that contain every word of the typed text. */
export function matching(commands: readonly Command[], typed: string): readonly Command[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return commands
    .filter(({ title, hint, always }) => {
      const text = `${title} ${hint}`.toLowerCase();
      return always === true || words.every((word) => text.includes(word));
    })
    .slice(0, MOST_SHOWN);
}
