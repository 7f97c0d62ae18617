/** What this thread took: other threads of a busy machine take nothing from a run. */
export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
