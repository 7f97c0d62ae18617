const SOON_MS = 500;

/**
 * Made when it is first asked for, or when the page has been there for a while and has nothing to do: a format takes
 * milliseconds, which a page lacks before it shows anything, and a person who clicks.
 */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  const get = () => (made ??= { value: make() }).value;
  if ('requestIdleCallback' in globalThis) setTimeout(() => requestIdleCallback(get), SOON_MS);
  return get;
}
