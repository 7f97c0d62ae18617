/** Characters that turn the direction of what stands behind them, to the end of the paragraph. */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;

/** A text that somebody chose, such that it says nothing else by how it is shown: `\u202e` is seen, and turns nothing. */
export function visible(text: string): string {
  return text.replace(TURNS, (turn) => `\\u${turn.charCodeAt(0).toString(16)}`);
}
