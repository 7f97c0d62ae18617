/**
 * Chooses between the row found by id and the row found by uid: the id wins. Queries look both up in a union,
 * each by its own index; an `or` would read every row of the owner.
 */
export function pick<Row extends { readonly id: string }>(
  found: readonly Row[],
  id: string,
): Row | undefined {
  return found.find((row) => row.id === id) ?? found[0];
}
