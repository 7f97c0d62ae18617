import type { FastifyRequest } from 'fastify';
import { check, flag } from '../operations/operations.ts';

/**
 * Query parameters by the operations' names: `with_content` becomes `withContent`. `withContent` itself becomes a name
 * that no operation has. A list may be given as `a=1&a=2`, `a[]=1&a[]=2` and `a[0]=1&a[1]=2`.
 */
export function queryOf(request: FastifyRequest): Record<string, unknown> {
  const options = new Map<string, unknown>();
  for (const [name, value] of Object.entries(request.query as Record<string, unknown>)) {
    const plain = name.replace(LIST_SUFFIX, '');
    const option = optionName(plain);
    const earlier = options.get(option);
    const isList = plain !== name || earlier !== undefined;
    options.set(option, isList ? [earlier ?? [], value].flat(2) : value);
  }
  return Object.fromEntries(options);
}

/** The name of an option as the client wrote it; of one that the query does not have, its usual name. */
export function nameInQuery(option: string, query: object): string {
  const names = Object.keys(query).map((name) => name.replace(LIST_SUFFIX, ''));
  return names.find((name) => optionName(name) === option) ?? queryName(option);
}

const LIST_SUFFIX = /\[\d{0,4}\]$/;

/** Parameters whose names have capital letters in a query, as in the Svix API. */
const WITH_CAPITALS = new Set(['startDate', 'endDate']);

function optionName(name: string): string {
  if (WITH_CAPITALS.has(name)) return name;
  return name.replace(
    /_([a-z])|[A-Z]/g,
    (found, letter?: string) => letter?.toUpperCase() ?? `-${found}`,
  );
}

/** The name of an option in a query: the inverse of the names of `queryOf`. */
export function queryName(option: string): string {
  if (WITH_CAPITALS.has(option)) return option;
  return option.replace(/(-?)([A-Z])/g, (_, escaped: string, letter: string) =>
    escaped === '' ? `_${letter.toLowerCase()}` : letter,
  );
}

/** A boolean query parameter, by its name on the wire; `otherwise` when it is absent. */
export function queryFlag(request: FastifyRequest, name: string, otherwise: boolean): boolean {
  const value = (request.query as Record<string, unknown>)[name];
  return value === undefined ? otherwise : check(flag, value, 'query', name);
}
