const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

// A second signal within this time is the same Ctrl-C: it reaches the process group, and npm forwards it again.
const SAME_SIGNAL_MS = 200;

/** Resolves with the first SIGINT or SIGTERM; a second one exits the process at once. */
export function stopSignal(): Promise<keyof typeof EXIT_CODES> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const receive = (signal: keyof typeof EXIT_CODES): void => {
      firstAt ??= performance.now();
      if (performance.now() - firstAt > SAME_SIGNAL_MS) process.exit(EXIT_CODES[signal]);
      resolve(signal);
    };
    process.on('SIGINT', receive);
    process.on('SIGTERM', receive);
  });
}
