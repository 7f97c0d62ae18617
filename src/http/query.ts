import type { FastifyInstance, FastifyRequest } from 'fastify';
import { invalid } from '../domain/errors.ts';
import { check, flag } from '../operations/operations.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The names that the route takes in its query; `list`: its operation checks them. Default: none. */
    query?: readonly string[] | 'list';
  }
}

export const LIST = { config: { query: 'list' } } as const;

/** Refuses a query with a name that the route does not take. */
export function requireKnownQuery(server: FastifyInstance): void {
  // Before the handler and not before the body is read: an early answer would cut a client short.
  server.addHook('preHandler', ({ query, routeOptions }, _reply, done) => {
    const known = routeOptions.config.query ?? [];
    if (known === 'list') {
      done();
      return;
    }
    const unknown = Object.keys(query as object).filter((name) => !known.includes(name));
    const type = 'value_error.extra';
    const msg = 'is not a known parameter';
    if (unknown.length === 0) done();
    else done(invalid(unknown.map((name) => ({ loc: ['query', name], msg, type }))));
  });
}

/**
 * Query parameters by the operations' names: `with_content` becomes `withContent`. A list may be
 * given as `a=1&a=2`, `a[]=1&a[]=2` and `a[0]=1&a[1]=2`.
 */
export function queryOf(request: FastifyRequest): Record<string, unknown> {
  const options = new Map<string, unknown>();
  for (const [name, value] of Object.entries(request.query as Record<string, unknown>)) {
    const plain = name.replace(LIST_SUFFIX, '');
    const option = plain.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const earlier = options.get(option);
    const isList = plain !== name || earlier !== undefined;
    options.set(option, isList ? [earlier ?? [], value].flat(2) : value);
  }
  return Object.fromEntries(options);
}

const LIST_SUFFIX = /\[\d{0,4}\]$/;

/** `withContent` → `with_content` */
export function queryName(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A boolean query parameter, by its name on the wire. */
export function queryFlag(request: FastifyRequest, name: string, otherwise: boolean): boolean {
  const value = (request.query as Record<string, unknown>)[name];
  return value === undefined ? otherwise : check(flag, value, 'query', name);
}
