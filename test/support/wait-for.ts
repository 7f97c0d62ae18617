import { setImmediate, setTimeout } from 'node:timers/promises';

/**
 * Waits until `check` answers something truthy and returns it; fails after `withinMs`. Its default is no
 * promise of the product: on a busy machine all takes several times as long. It is shorter than the
 * deadline of a test, which could not say what was waited for.
 */
export async function waitFor<T>(
  check: () => T | Promise<T>,
  what = 'the condition',
  withinMs = 25_000,
): Promise<Exclude<T, false | null | undefined | 0 | ''>> {
  const end = performance.now() + withinMs;
  for (let turns = 0; ; turns++) {
    const value = await check();
    if (value) return value as Exclude<T, false | null | undefined | 0 | ''>;
    if (performance.now() > end) throw new Error(`${what} did not come true within ${withinMs} ms`);
    await (turns < 100 ? setImmediate() : setTimeout(5));
  }
}
