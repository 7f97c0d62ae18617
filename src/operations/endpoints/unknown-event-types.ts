import type { FieldError } from '../../domain/errors.ts';
import { isOperational } from '../../domain/operational-event.ts';
import type { Storage } from '../../storage/storage.ts';
import { shows } from '../access.ts';
import { isName } from '../fields.ts';
import { type Principal, rightsOf } from '../principal.ts';
import { fieldError } from '../validation.ts';

/**
 * A field error for each event type in the input of an endpoint that is archived or does not exist for the
 * principal: an endpoint with a misspelled name would never get a message. Patterns are not checked, because they
 * may stand for later event types. The schema refuses malformed names.
 */
export async function unknownEventTypes(
  storage: Storage,
  principal: Principal,
  input: unknown,
): Promise<FieldError[]> {
  const named = FIELDS.flatMap((field) => namesIn(input, field));
  if (named.length === 0) return [];
  const names = [...new Set(named.map(({ name }) => name))];
  const existing = await storage.eventTypes.existing(principal.organizationId, names);
  const visible = existing.filter((eventType) => shows(principal, eventType));
  const found = new Map(visible.map((eventType) => [eventType.name, eventType]));
  return named.flatMap(({ field, index, name }) => {
    const eventType = found.get(name);
    if (eventType?.archived === false) return [];
    const [is, mend] =
      eventType === undefined ? ['does not exist', 'create'] : ['is archived', 'restore'];
    const advice = mayCreate(principal) ? `; ${mend} it first, ${howTo(name)}` : '';
    return [fieldError(`event type ${is}${advice}`, 'body', field, index)];
  });
}

/** Nobody creates operational event types, and a portal token creates none. */
function mayCreate(principal: Principal): boolean {
  return !isOperational(principal.organizationId) && rightsOf(principal).has('event-type:write');
}

function howTo(name: string): string {
  return `with POST /api/v1/event-type {"name":"${name}","description":""}, or eventType.create of the library`;
}

interface Named {
  readonly field: string;
  readonly index: number;
  readonly name: string;
}

function namesIn(input: unknown, field: (typeof FIELDS)[number]): Named[] {
  const list = (input as Partial<Record<string, unknown>> | null | undefined)?.[field];
  if (!Array.isArray(list) || list.length > MAX_NAMES) return [];
  return list.flatMap((name: unknown, index) =>
    typeof name === 'string' && isName(name) ? [{ field, index, name }] : [],
  );
}

const FIELDS = ['eventTypes', 'filterTypes'] as const;
/** The schema refuses longer lists. */
const MAX_NAMES = 1_000;
