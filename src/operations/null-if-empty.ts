/** An empty list of event types or channels means all, like null. */
export function nullIfEmpty<T>(list: T[] | null | undefined): T[] | null {
  return list && list.length > 0 ? list : null;
}
