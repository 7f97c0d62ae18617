/**
 * Of the row that was found by id and the one that was found by uid: ids win. The two are looked up
 * as a union, each by its own index; an `or` would read every row of the owner.
 */
export function pick<Row extends { readonly id: string }>(
  found: readonly Row[],
  id: string,
): Row | undefined {
  return found.find((row) => row.id === id) ?? found[0];
}
