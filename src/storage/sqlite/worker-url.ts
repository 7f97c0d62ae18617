/**
 * The URL of a thread's program. It lies in `worker/` below this module in all three forms of the code: the
 * sources, the build, and the bundle of the command.
 */
export function workerUrl(name: 'writer' | 'reader'): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./worker/${name}.${extension}`, import.meta.url);
}
