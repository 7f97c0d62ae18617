/**
 * The environment of a program that a test starts from the sources: nothing of the test's own but where
 * programs are, and the modules that were compiled before, which is half of a start.
 */
export function childEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  return { PATH, NODE_COMPILE_CACHE, ...more };
}
