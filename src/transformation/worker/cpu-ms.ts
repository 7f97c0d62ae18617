/** CPU time of this thread, so that other work on a busy machine doesn't count towards a run's limit. */
export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
