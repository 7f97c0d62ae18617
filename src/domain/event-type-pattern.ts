/**
 * An event type of an endpoint is a name, or a pattern: a name followed by `.*`, such as `invoice.*`.
 * A pattern matches every name that begins with the text before the star and continues after it:
 * `invoice.paid` and `invoice.paid.late`, but neither `invoice` nor `invoices.paid`.
 */
export const PATTERN: RegExp = /^[a-zA-Z0-9\-_.]+\.\*$/;

/** Returns a function that tests whether one of the names and patterns matches an event type. */
export function createTypeMatcher(eventTypes: readonly string[]): (eventType: string) => boolean {
  const prefixes = eventTypes.filter((text) => PATTERN.test(text)).map((text) => text.slice(0, -1));
  if (prefixes.length === 0) return (eventType) => eventTypes.includes(eventType);
  const names = new Set(eventTypes);
  return (eventType) =>
    names.has(eventType) ||
    prefixes.some((prefix) => eventType.length > prefix.length && eventType.startsWith(prefix));
}
