/** `; did you mean …?`, or empty when no known name is similar. `prefix`: a prefix that all names have. */
export function similarName(name: string, known: readonly string[], prefix = ''): string {
  const written = name.slice(prefix.length).toLowerCase();
  let best = '';
  let bestLikeness = 0.5;
  for (const candidate of known) {
    const other = candidate.slice(prefix.length).toLowerCase();
    const likeness = 1 - edits(written, other) / Math.max(written.length, other.length);
    if (likeness < bestLikeness) continue;
    best = candidate;
    bestLikeness = likeness;
  }
  return best === '' ? '' : `; did you mean ${best}?`;
}

/** The Levenshtein distance: how many characters must be added, removed or replaced. */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 0; i < from.length; i++) {
    const above = row;
    row = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const replaced = (above[j] ?? 0) + (from[i] === to[j] ? 0 : 1);
      row.push(Math.min(replaced, (above[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
  }
  return row[to.length] ?? 0;
}
