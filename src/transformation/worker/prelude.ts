/**
 * Runs before the program. Makes runs deterministic: the clock is that of the attempt, and random numbers come from
 * the seed (mulberry32). Returns a function that calls `handler` and returns its result as JSON, using functions that
 * the program cannot replace.
 */
export const PRELUDE = `function ({ now, seed }, input) {
  const { parse, stringify } = JSON;
  const RealDate = Date;
  const RealPromise = Promise;
  function FixedDate(...given) {
    if (new.target === undefined) return new RealDate(now).toString();
    return Reflect.construct(RealDate, given.length === 0 ? [now] : given, new.target);
  }
  FixedDate.prototype = RealDate.prototype;
  FixedDate.prototype.constructor = FixedDate;
  FixedDate.now = () => now;
  FixedDate.parse = RealDate.parse;
  FixedDate.UTC = RealDate.UTC;
  globalThis.Date = FixedDate;
  if (globalThis.performance) globalThis.performance.now = () => 0;
  let state = 2166136261;
  for (let at = 0; at < seed.length; at++) state = Math.imul(state ^ seed.charCodeAt(at), 16777619);
  Math.random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return () => {
    if (typeof handler !== 'function') throw new TypeError('the code must declare a function handler');
    const made = handler(parse(input));
    if (made instanceof RealPromise) throw new TypeError('handler must not be async');
    return stringify(made);
  };
}`;
