/** What a person changed: saved alone, so that what somebody else changed meanwhile stays. */
export function changedFields<T extends object>(before: T, after: T): Partial<T> {
  const told = (value: unknown) => JSON.stringify(value);
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => told(value) !== told(before[name as keyof T])),
  ) as Partial<T>;
}
