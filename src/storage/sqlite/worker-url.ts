/**
 * Where the program of a thread is: in the sources, as built beside them, or in the bundle of the
 * command. In all three it lies in `worker/` below this module.
 */
export function workerUrl(name: 'writer' | 'reader'): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./worker/${name}.${extension}`, import.meta.url);
}
