import type { FastifyRequest } from 'fastify';
import { check, flag } from '../operations/operations.ts';

/** Query parameters by the operations' names: `with_content` becomes `withContent`. */
export function queryOf(request: FastifyRequest): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(request.query as Record<string, unknown>)) {
    options[name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())] = value;
  }
  return options;
}

/** `withContent` → `with_content` */
export function queryName(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A boolean query parameter, by its name on the wire. */
export function queryFlag(request: FastifyRequest, name: string, otherwise: boolean): boolean {
  const value = (request.query as Record<string, unknown>)[name];
  return value === undefined ? otherwise : check(flag, value, 'query', name);
}
