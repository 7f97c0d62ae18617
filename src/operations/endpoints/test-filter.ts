import type { Endpoint } from '../../domain/endpoint.ts';
import type { Message } from '../../domain/message.ts';
import { candidateOf, compileFilters } from '../../domain/route.ts';
import type { Storage } from '../../storage/storage.ts';
import { reasonOf } from '../messages/routing.ts';
import { nullIfEmpty } from '../null-if-empty.ts';
import { pageRequest, toListOut } from '../paging.ts';
import { check } from '../validation.ts';
import { type FilterTestOut, filterTestIn } from './filter-test-schemas.ts';

/** Parsing this much blocks the process for some ten milliseconds. */
const MAX_CHARS = 4 * 1024 * 1024;

/** `EndpointOperations.testFilter`, for an endpoint that was found. */
export async function testFilter(
  { messages }: Pick<Storage, 'messages'>,
  endpoint: Endpoint,
  input: unknown,
): Promise<FilterTestOut> {
  const given = check(filterTestIn, input ?? {}, 'body');
  const { eventTypes, channels, filter } = given;
  const mismatch = compileFilters({
    disabled: null,
    eventTypes: eventTypes === undefined ? endpoint.eventTypes : nullIfEmpty(eventTypes),
    channels: channels === undefined ? endpoint.channels : nullIfEmpty(channels),
    filter: filter === undefined ? endpoint.filter : filter,
  });
  const page = await messages.list(endpoint.applicationId, pageRequest(given, 'msg', 'descending'));
  const data = withinChars(page.data);
  const done = page.done && data.length === page.data.length;
  const { iterator, data: tested } = toListOut({ data, done }, ({ id }) => id, testOf);
  return { data: tested, iterator, done };

  function testOf(message: Message): FilterTestOut['data'][number] {
    const candidate = candidateOf(message);
    const found = mismatch(candidate);
    return {
      id: message.id,
      eventType: message.eventType,
      eventId: message.uid,
      timestamp: new Date(message.createdAt).toISOString(),
      matches: found === null,
      ...reasonOf(message, found, candidate),
    };
  }
}

/** The first messages that fit within `MAX_CHARS`, but at least one. */
function withinChars(messages: Message[]): Message[] {
  let chars = 0;
  const end = messages.findIndex(({ payload }, index) => {
    chars += payload.length;
    return chars > MAX_CHARS && index > 0;
  });
  return end === -1 ? messages : messages.slice(0, end);
}
