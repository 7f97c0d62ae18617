import type { EventType } from '../../domain/event-type.ts';

/** The schema with the highest numeric version; without numeric versions, the last schema. */
export function newestSchema({ schemas }: Pick<EventType, 'schemas'>): object | null {
  const versions = Object.keys(schemas ?? {});
  const numbers = versions.filter((version) => /^\d{1,9}$/.test(version));
  const newest = numbers.toSorted((a, b) => Number(a) - Number(b)).at(-1) ?? versions.at(-1);
  const schema = newest === undefined ? undefined : schemas?.[newest];
  return typeof schema === 'object' && schema !== null ? schema : null;
}
