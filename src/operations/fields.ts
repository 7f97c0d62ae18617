import { z } from 'zod';
import { PATTERN } from '../domain/event-type-pattern.ts';
import type { FieldError } from '../domain/errors.ts';
import { type IdPrefix, isId } from '../domain/ids.ts';
import { fieldError } from './validation.ts';

/** Fields that several resources share. */

const NAME = /^[a-zA-Z0-9\-_.]+$/;

/** Whether the text has the form of a uid, an id or an event type's name. Other texts are not looked up. */
export function isName(text: unknown): text is string {
  return typeof text === 'string' && text.length <= 256 && NAME.test(text);
}

/**
 * A text that every database stores unchanged: text with half of a surrogate pair would come back as another
 * text, which could equal a different one.
 */
export const plainText: z.ZodString = z
  .string()
  .refine((text) => text.isWellFormed(), {
    error: 'has half of a surrogate pair, which UTF-8 cannot carry',
  })
  .refine((text) => !text.includes('\0'), {
    error: 'has a NUL character, which PostgreSQL cannot hold',
  });

/** Empty text passes here: `min` refuses it with a better message. */
const NAME_OR_EMPTY = /^[a-zA-Z0-9\-_.]*$/;
const ONLY_NAME_CHARACTERS = { error: 'may hold only letters, digits, "-", "_" and "."' };

export const name256 = z.string().min(1).max(256).regex(NAME_OR_EMPTY, ONLY_NAME_CHARACTERS);

/** A name that is used in paths. Clients resolve `.` and `..` there, and would reach another object. */
export const nameInPaths: z.ZodString = name256.refine((text) => text !== '.' && text !== '..', {
  error: 'must not be "." or "..", which lead elsewhere in a path',
});

/** A uid that looks like an id could later lead to the object that has that id. */
export function uidOf(prefix: IdPrefix): z.ZodOptional<z.ZodNullable<z.ZodString>> {
  return nameInPaths
    .refine((text) => !isId(prefix, text), { error: 'must not have the form of an id' })
    .nullish();
}

/** An error when the name in the path, under which an object may be created, can be neither its uid nor an id. */
export function unacceptedUid(prefix: 'app' | 'ep', name: string): FieldError[] {
  if (isName(name)) return [];
  const parameter = prefix === 'app' ? 'app_id' : 'endpoint_id';
  return [fieldError('is not an accepted uid', 'path', parameter)];
}

export const eventTypeName = name256;

/** An event type of an endpoint: a name, or a pattern such as `invoice.*`. */
export const eventTypeOrPattern = z
  .string()
  .min(1)
  .max(256)
  .refine((text) => NAME_OR_EMPTY.test(text) || PATTERN.test(text), {
    error:
      'must be a name, which may hold only letters, digits, "-", "_" and ".", or a pattern, which is a name with ".*" at its end, such as invoice.*; an endpoint without event types gets all',
  });

/** Absent, null and 0 mean: no limit. */
export const throttleRate = z
  .int()
  .min(0)
  .max(65_535)
  .nullish()
  .transform((rate) => (rate === 0 ? null : rate));

/** A record that refuses an own key `__proto__`, which zod would drop silently. */
export function recordOf<V>(
  value: z.ZodType<V, V>,
  maxEntries: number,
): z.ZodType<Record<string, V>, Record<string, V>> {
  return z.preprocess<unknown, z.ZodType<Record<string, V>>, Record<string, V>>(
    (input, context) => {
      if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
      if (Object.hasOwn(input, '__proto__')) {
        context.addIssue({
          code: 'custom',
          path: ['__proto__'],
          message: 'is not an accepted name',
        });
      }
      const count = Object.keys(input).length;
      if (count > maxEntries) {
        context.addIssue({
          code: 'custom',
          message: `must have at most ${maxEntries} entries, not ${count}`,
        });
      }
      return input;
    },
    z.record(z.string().min(1).max(256), value).meta({ maxProperties: maxEntries }),
  );
}

export const metadata = recordOf(z.string().max(4096), 100);

/** Any JSON value nested at most `levels` deep; a deeper one could not be printed again. */
export function nestedAtMost(levels: number): z.ZodUnknown {
  return z
    .unknown()
    .refine((value) => isNestedAtMost(value, levels), { error: 'is nested too deeply' });
}

export function isNestedAtMost(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((part) => isNestedAtMost(part, levels - 1));
}

export function uniqueList(
  item: z.ZodType<string, string>,
  minLength: number,
  maxLength: number,
): z.ZodType<string[], string[]> {
  return z
    .array(item)
    .min(minLength)
    .max(maxLength)
    .refine((list) => new Set(list).size === list.length, {
      error: 'must not have the same entry twice',
    });
}

/** An instant in an output: ISO 8601, UTC. */
export const timestamp: z.ZodString = z.string().meta({ format: 'date-time' });

export const tag = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[a-zA-Z0-9\-_./\\#]*$/, {
    error: 'may hold only letters, digits, "-", "_", ".", "/", "\\" and "#"',
  });

export const channel = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[a-zA-Z0-9\-_.:+]*$/, {
    error: 'may hold only letters, digits, "-", "_", ".", ":" and "+"',
  });
