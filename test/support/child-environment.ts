/**
 * The environment of a program that a test starts from the sources. Of the test's own variables it has only PATH and
 * the cache of compiled modules, which halves the time of a start.
 */
export function childEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  return { PATH, NODE_COMPILE_CACHE, ...more };
}
