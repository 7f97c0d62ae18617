/** Something to go to, or to do. */
export interface Command {
  readonly title: string;
  /** What kind of thing it is. */
  readonly hint: string;
  /** Goes there. */
  readonly to?: string;
  readonly run?: () => void;
  /** Offered whatever was typed: made from that text. */
  readonly always?: boolean;
}

const MOST_SHOWN = 12;

/** Those that have every word of what was typed. */
export function matching(commands: readonly Command[], typed: string): readonly Command[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return commands
    .filter(({ title, hint, always }) => {
      const text = `${title} ${hint}`.toLowerCase();
      return always === true || words.every((word) => text.includes(word));
    })
    .slice(0, MOST_SHOWN);
}
