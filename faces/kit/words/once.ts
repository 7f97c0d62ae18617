/** Made when it is first asked for: a format takes milliseconds, which no page needs before it shows anything. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
