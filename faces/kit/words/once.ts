const SOON_MS = 500;

/**
 * Returns a function that makes a value once: at its first use, or earlier when the page is idle. A date format takes
 * milliseconds to make, which would delay the first display of the page or the answer to a click.
 */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  const get = () => (made ??= { value: make() }).value;
  if ('requestIdleCallback' in globalThis) setTimeout(() => requestIdleCallback(get), SOON_MS);
  return get;
}
