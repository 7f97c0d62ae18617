import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { flag } from '../operations/paging.ts';
import { check } from '../operations/validation.ts';

/** The wire says `with_content` where the operations say `withContent`. */

export function queryOf(request: FastifyRequest): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(request.query as Record<string, unknown>)) {
    options[name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())] = value;
  }
  return options;
}

export function queryName(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A yes or no of the query by its wire name. */
export function queryFlag(request: FastifyRequest, name: string, otherwise: boolean): boolean {
  const value = (request.query as Record<string, unknown>)[name];
  return value === undefined ? otherwise : check(flagSchema, value, 'query', name);
}

const flagSchema: z.ZodType<boolean> = flag;
