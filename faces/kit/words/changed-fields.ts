/** The fields that a person changed. Only they are saved, so that changes of somebody else to other fields stay. */
export function changedFields<T extends object>(before: T, after: T): Partial<T> {
  const told = (value: unknown) => JSON.stringify(value);
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => told(value) !== told(before[name as keyof T])),
  ) as Partial<T>;
}
