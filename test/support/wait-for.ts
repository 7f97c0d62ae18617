import { setImmediate, setTimeout } from 'node:timers/promises';

/**
 * Waits until `check` returns something truthy, and returns it; throws after `withinMs`. The default is long, because
 * the machine may be busy and only a failing test waits that long. Checks take at most half of the time, so that the
 * awaited work has the rest.
 */
export async function waitFor<T>(
  check: () => T | Promise<T>,
  what = 'the condition',
  withinMs = 45_000,
): Promise<Exclude<T, false | null | undefined | 0 | ''>> {
  const end = performance.now() + withinMs;
  for (let turns = 0; ; turns++) {
    const checkedAt = performance.now();
    const value = await check();
    if (value) return value as Exclude<T, false | null | undefined | 0 | ''>;
    if (performance.now() > end) throw new Error(`${what} did not come true within ${withinMs} ms`);
    const tookMs = performance.now() - checkedAt;
    await (turns < 100 && tookMs < 1 ? setImmediate() : setTimeout(Math.max(5, tookMs)));
  }
}
