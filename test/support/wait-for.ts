import { setImmediate, setTimeout } from 'node:timers/promises';

/**
 * Waits until `check` answers something truthy and returns it; fails after `withinMs`. The default is
 * long: a machine that runs tests may be busy, and only a failing test waits for its end. Checking
 * takes half of the time at most: the rest is for what is waited for.
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
