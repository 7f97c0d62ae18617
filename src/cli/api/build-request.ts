import type { Io } from '../io.ts';
import { readText } from '../read-input.ts';
import { UserError } from '../user-error.ts';
import type { ApiOperation } from './api-operation.ts';
import { parseExact } from './exact-json.ts';
import { segmentOf } from './path-of.ts';

export interface ApiRequest {
  readonly method: string;
  /** The path with its query. */
  readonly path: string;
  /** JSON. */
  readonly body?: string;
  readonly idempotencyKey?: string;
  /** Default: 60 s. */
  readonly withinMs?: number;
}

export interface GivenValues {
  /** Values by their names on the wire. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly members: Readonly<Record<string, unknown>>;
  /** The body or a part of it: JSON, `@FILE`, or `-` for standard input. `members` override it. */
  readonly data?: string | undefined;
}

export async function buildRequest(
  operation: ApiOperation,
  { path, query, members, data }: GivenValues,
  io: Io,
): Promise<ApiRequest> {
  const { method } = operation;
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  const filled = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    segmentOf(path[name] ?? ''),
  );
  const body =
    operation.body === null ? undefined : await bodyOf(operation.body, members, data, io);
  return {
    method,
    path: search.size > 0 ? `${filled}?${search.toString()}` : filled,
    ...(body !== undefined && { body }),
  };
}

async function bodyOf(
  { isRequired }: NonNullable<ApiOperation['body']>,
  members: Readonly<Record<string, unknown>>,
  data: string | undefined,
  io: Io,
): Promise<string | undefined> {
  const hasMembers = Object.keys(members).length > 0;
  if (data === undefined) return hasMembers || isRequired ? JSON.stringify(members) : undefined;
  const given = await readData(data, io);
  // Without members the body is sent unchanged, so that the server can report its errors best.
  if (!hasMembers) return given;
  const base = jsonOf(given);
  if (typeof base !== 'object' || base === null || Array.isArray(base)) {
    throw new UserError('--data must be a JSON object when it is combined with flags of members');
  }
  return JSON.stringify({ ...base, ...members });
}

/** JSON itself, `@FILE`, or `-` for standard input. */
export async function readData(data: string, io: Io): Promise<string> {
  if (data === '-') return readText('-', 'standard input', io);
  return data.startsWith('@') ? readText(data.slice(1), data, io) : data;
}

function jsonOf(text: string): unknown {
  try {
    return parseExact(text);
  } catch (error) {
    throw new UserError(`--data is not JSON: ${(error as Error).message}`);
  }
}
