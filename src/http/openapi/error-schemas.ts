import { ERRORS } from '../../domain/errors.ts';
import type { JsonSchema } from './json-schemas.ts';

/** Schemas without a zod schema: errors, and objects with fixed content. */
export const FIXED_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Empty: { type: 'object' },
  Document: { type: 'object' },
  HttpErrorOut: {
    type: 'object',
    properties: {
      code: { type: 'string', enum: Object.keys(ERRORS).filter((code) => code !== 'validation') },
      detail: { type: 'string' },
    },
    required: ['code', 'detail'],
  },
  ValidationError: {
    type: 'object',
    properties: {
      loc: { type: 'array', items: { type: 'string' } },
      msg: { type: 'string' },
      type: { type: 'string' },
    },
    required: ['loc', 'msg', 'type'],
  },
  HTTPValidationError: {
    type: 'object',
    properties: {
      detail: { type: 'array', items: { $ref: '#/components/schemas/ValidationError' } },
      code: { type: 'string', const: 'idempotency_key_reused' },
    },
    required: ['detail'],
  },
};

const STATUSES = [...new Set(Object.values(ERRORS).map(({ status }) => status))];

/** The error answers by name, such as `Error422`. */
export const ERROR_ANSWERS: Readonly<Record<string, object>> = Object.fromEntries(
  STATUSES.map((status) => {
    const schema = status === 422 ? 'HTTPValidationError' : 'HttpErrorOut';
    const codes = Object.entries(ERRORS)
      .filter(([, error]) => error.status === status)
      .map(([code]) => code);
    return [
      `Error${status}`,
      {
        description: codes.join(', '),
        content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
      },
    ];
  }),
);

/** References to all error answers, by status. Every route gets all of them. */
export const ERROR_REFERENCES: Readonly<Record<number, object>> = Object.fromEntries(
  STATUSES.map((status) => [status, { $ref: `#/components/responses/Error${status}` }]),
);
