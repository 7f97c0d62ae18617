const GATHER_MS = 200;

/**
 * Combines many changes into one `refresh`. A refresh that runs is not restarted: under a steady stream of
 * changes it would never end.
 */
export function createGatherer(refresh: () => Promise<void>, gatherMs = GATHER_MS) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isRefreshing = false;
  let hasChanged = false;
  let isStopped = false;

  function changed(): void {
    hasChanged = true;
    if (isRefreshing || isStopped) return;
    timer ??= setTimeout(() => void run(), gatherMs);
  }

  async function run(): Promise<void> {
    timer = undefined;
    isRefreshing = true;
    hasChanged = false;
    await refresh().catch(() => {});
    isRefreshing = false;
    if (hasChanged) changed();
  }

  return {
    changed,
    stop(): void {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
