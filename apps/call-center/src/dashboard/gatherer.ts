const GATHER_MS = 200;

/**
 * Makes one `refresh` of many changes. One that is under way ends first: under a steady stream of changes
 * none would else end.
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
