/** The value of the `Date` header, formatted once a second. */
export function httpDate(): string {
  const now = Date.now();
  if (now >= printed.until || now < printed.until - 1_000) {
    printed = { until: now - (now % 1_000) + 1_000, text: new Date(now).toUTCString() };
  }
  return printed.text;
}

let printed = { until: 0, text: '' };
