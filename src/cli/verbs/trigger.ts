import type { ApiClient } from '../api/api-client.ts';
import { call } from '../api/call.ts';
import { pathOf } from '../api/path-of.ts';
import { parseExact } from '../api/exact-json.ts';
import type { Io } from '../io.ts';
import { UserError } from '../user-error.ts';
import { type MessageOptions, publish } from './send.ts';

export interface TriggerRequest extends MessageOptions {
  readonly app: string;
  readonly eventType: string;
  readonly example: number;
  /** `a.b=1` */
  readonly overrides: readonly string[];
}

/** Publishes an example from the schema of an event type, with some members changed. */
export async function trigger(client: ApiClient, io: Io, request: TriggerRequest): Promise<void> {
  const { overrides, example: index, ...message } = request;
  const { eventType } = message;
  const { schemas } = await call<EventType>(client, 'GET', pathOf`/event-type/${eventType}`);
  const examples = examplesIn(schemas ?? {});
  const example = examples[index];
  if (example === undefined) {
    throw new UserError(
      examples.length === 0
        ? `${eventType} has no example: add "examples" to its schema, or give a payload: posthaste send ${message.app} ${eventType} '{}'`
        : `${eventType} has ${examples.length === 1 ? 'one example: 0' : `the examples 0 to ${examples.length - 1}`}`,
    );
  }
  const payload = overrides.reduce(overridden, example);
  await publish(client, io, { ...message, payload });
}

interface EventType {
  readonly schemas: Readonly<Record<string, unknown>> | null;
}

/** The examples of the first schema version that has some, like `send-example` of the API. */
function examplesIn(schemas: Readonly<Record<string, unknown>>): readonly unknown[] {
  for (const schema of Object.values(schemas)) {
    const { examples, example } = (schema ?? {}) as { examples?: unknown; example?: unknown };
    if (Array.isArray(examples) && examples.length > 0) return examples;
    if (example !== undefined) return [example];
  }
  return [];
}

/** `invoice.total=1` sets a member and creates missing objects of the path; a number is the index of a list item. */
export function overridden(payload: unknown, override: string): unknown {
  const equals = override.indexOf('=');
  if (equals < 1) {
    throw new UserError(`--override ${override} must be a.b=value: a path, and JSON or a text`);
  }
  const path = override.slice(0, equals).split('.');
  return withMember(payload, path, valueOf(override.slice(equals + 1)));
}

function withMember(base: unknown, path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (Array.isArray(base) && /^\d+$/.test(name)) {
    const list: unknown[] = [...base];
    list[Number(name)] = withMember(list[Number(name)], rest, value);
    return list;
  }
  const object = typeof base === 'object' && base !== null && !Array.isArray(base) ? base : {};
  const member = Object.hasOwn(object, name)
    ? (object as Record<string, unknown>)[name]
    : undefined;
  // An existing member keeps its position.
  const members = new Map(Object.entries(object)).set(name, withMember(member, rest, value));
  return Object.fromEntries(members);
}

function valueOf(text: string): unknown {
  try {
    return parseExact(text);
  } catch {
    return text;
  }
}
