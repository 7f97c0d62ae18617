import type { z } from 'zod';
import { PosthasteError, invalid, notFound } from '../../domain/errors.ts';
import type { EventType } from '../../domain/event-type.ts';
import { type Message, TEST_TAG } from '../../domain/message.ts';
import { findApplication, findEndpoint, shows } from '../access.ts';
import type { Context } from '../context.ts';
import type { Principal } from '../principal.ts';
import { check, fieldError } from '../validation.ts';
import { answerDuplicate } from './answer-duplicate.ts';
import { lifetimesOf } from './lifetimes.ts';
import type { MessageOperations } from './message-operations.ts';
import { eventExampleIn } from './message-schemas.ts';
import { printPayload } from './print-payload.ts';

export function createSendExample(context: Context): MessageOperations['sendExample'] {
  const { storage, intake, clock, ids } = context;

  return async (principal, app, endpoint, input, { idempotencyKey } = {}) => {
    const application = await findApplication(storage, principal, app);
    const { id: endpointId } = await findEndpoint(storage, application, endpoint);
    const checked = check(eventExampleIn, input, 'body');
    const { organizationId } = principal;
    const { eventType } = checked;
    const example =
      checked.payload == null ? await exampleFor(principal, checked) : editedIn(checked);
    const now = clock.now();
    const message: Message = {
      id: ids.next('msg'),
      organizationId,
      applicationId: application.id,
      eventType,
      uid: null,
      channels: null,
      tags: [TEST_TAG],
      payload: textOf(example, context.maxPayloadChars),
      contentType: null,
      headers: null,
      createdAt: now,
      ...lifetimesOf({}, application, now),
    };
    const dueAt = clock.scheduleNow();
    const [result] = await storage.acceptMessages([
      {
        message,
        claimed: null,
        deliveries: [{ endpointId, dueAt }],
        // Prefixed, so that the key can't collide with keys of the application's publishes.
        idempotencyKey:
          idempotencyKey === undefined ? null : `send-example ${endpointId} ${idempotencyKey}`,
      },
    ]);
    if (result?.accepted === false) return answerDuplicate(storage, message, result);
    context.countAccepted(message);
    intake.wake(dueAt);
    return message;
  };

  async function exampleFor(
    principal: Principal,
    { eventType, exampleIndex }: z.output<typeof eventExampleIn>,
  ): Promise<unknown> {
    if (eventType === PING) return { success: true };
    return exampleOf(await findEventType(principal, eventType), exampleIndex ?? 0);
  }

  async function findEventType(principal: Principal, name: string): Promise<EventType> {
    const found = await storage.eventTypes.get(principal.organizationId, name);
    if (found === null || !shows(principal, found)) throw notFound('Event type', name);
    return found;
  }
}

/** The given payload. Throws `validation` when an example was chosen, too. */
function editedIn({ payload, exampleIndex }: z.output<typeof eventExampleIn>): unknown {
  if (exampleIndex == null) return payload;
  throw invalid([fieldError('cannot be combined with payload', 'body', 'exampleIndex')]);
}

function textOf(example: unknown, maxChars: number): string {
  const text = printPayload(example);
  if (text.length <= maxChars) return text;
  throw invalid([fieldError(`may be at most ${maxChars} characters of JSON`, 'body', 'payload')]);
}

/** Svix's event type for trying an endpoint out; it exists in every organization. */
const PING = 'svix.ping';

/** The example with this index from the first schema version that has one (`examples` or `example`). */
function exampleOf({ name, schemas }: EventType, index: number): unknown {
  for (const schema of Object.values(schemas ?? {})) {
    const { examples, example } = schema as { examples?: unknown; example?: unknown };
    const all: unknown[] = Array.isArray(examples)
      ? examples
      : example === undefined
        ? []
        : [example];
    if (index < all.length) return all[index];
  }
  throw new PosthasteError(
    'invalid_scheme',
    `No schema of event type ${name} has an example ${index}: add "examples" to the schema`,
  );
}
