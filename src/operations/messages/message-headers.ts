import { z } from 'zod';
import { MAX_HEADERS_CHARS, shownValues } from '../../domain/header-field.ts';
import { type Message, headersOf } from '../../domain/message.ts';
import { headers as sendable } from '../endpoints/endpoint-headers.ts';
import { asciiJson } from './ascii-json.ts';

type Headers = Readonly<Record<string, string>>;

/** Headers that one message is sent with, besides the headers of its endpoints. */
export const messageHeaders: typeof sendable = sendable.superRefine((given, context) => {
  requireFew(given, context);
  for (const name of Object.keys(given)) {
    if (!isContentType(name)) continue;
    context.addIssue({ code: 'custom', path: [name], message: 'must be given as contentType' });
  }
});

/** Message headers in the form of Svix: `content-type` may be among them, and null means none. */
export const svixHeaders: z.ZodType<Record<string, string>> = z.preprocess(
  (given) => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
    return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  },
  sendable.superRefine((given, context) => requireFew(given, context)),
);

/** Separates the media type from headers in the form of Svix. */
export function partHeaders(given: Headers): {
  readonly contentType: { readonly name: string; readonly value: string } | null;
  readonly others: Headers | null;
} {
  const others = { ...given };
  let contentType = null;
  for (const [name, value] of Object.entries(given)) {
    if (!isContentType(name)) continue;
    contentType = { name, value };
    delete others[name];
  }
  return { contentType, others: Object.keys(others).length === 0 ? null : others };
}

/** The headers in the form of `Message.headers`: the same headers give the same text, in any order. */
export function headersText(given: Headers | null | undefined): string | null {
  if (given === null || given === undefined) return null;
  const names = Object.keys(given).toSorted();
  if (names.length === 0) return null;
  return asciiJson(Object.fromEntries(names.map((name) => [name, given[name]])));
}

/** The headers for showing, as in attempts: values that look secret are `***`. */
export function shownHeaders({ headers }: Pick<Message, 'headers'>): Record<string, string> {
  return shownValues(headersOf(headers));
}

function isContentType(name: string): boolean {
  return name.toLowerCase() === 'content-type';
}

function requireFew(given: Headers, context: z.RefinementCtx): void {
  const chars = Object.entries(given).reduce(
    (sum, [name, value]) => sum + name.length + value.length,
    0,
  );
  if (chars <= MAX_HEADERS_CHARS) return;
  const message = `must have at most ${MAX_HEADERS_CHARS} characters, names and values together, not ${chars}`;
  context.addIssue({ code: 'custom', message });
}
