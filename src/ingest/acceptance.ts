import { PosthasteError } from '../domain/errors.ts';
import type { MessageOperations } from '../operations/operations.ts';
import type { Delivery } from './consumer.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { RareLog } from './rare-log.ts';
import { type IngestMessage, readMessage } from './read-message.ts';

/** A message on its way into the storage. */
export interface Accepting {
  readonly delivery: Delivery;
  /** The name of the message's line: one for each application, and one for messages without an application. */
  readonly line: string;
  /** The message, or the error of reading it. */
  readonly read: IngestMessage | PosthasteError;
}

export interface Acceptance {
  read(delivery: Delivery): Accepting;
  /**
   * Accepts or refuses the message for good, and then acknowledges it. False: neither is possible now. Never
   * rejects.
   */
  settle(accepting: Accepting): Promise<boolean>;
}

export interface AcceptanceOptions {
  readonly messages: Pick<MessageOperations, 'create'>;
  readonly organizationId: string;
  readonly queue: string;
  readonly bodyLimitBytes: number;
  readonly deadLetters: Pick<DeadLetters, 'put'>;
  readonly rareLog: RareLog;
}

export function createAcceptance(options: AcceptanceOptions): Acceptance {
  const { messages, organizationId, queue, bodyLimitBytes, deadLetters, rareLog } = options;
  const principal = { organizationId };
  /** Creations of inline applications under way, by application. */
  const creations = new Map<string, Creation>();

  return {
    read(delivery) {
      try {
        const read = readMessage(delivery.message, bodyLimitBytes);
        return { delivery, line: `app ${read.application}`, read };
      } catch (error) {
        return { delivery, line: 'refused', read: reasonOf(error) };
      }
    },

    async settle({ delivery, read }) {
      if (!delivery.held) return true;
      const refusal = read instanceof PosthasteError ? read : await accept(read);
      if (refusal?.retryable) {
        rareLog('warn', `waiting ${refusal.code}`, { reason: refusal.message, queue }, WAITING);
        return false;
      }
      if (refusal !== null && !(await deadLetters.put(delivery.message, refusal))) {
        rareLog('warn', 'no dead letters', { queue }, NOT_CONFIRMED);
        return false;
      }
      if (refusal !== null) logRefusal(refusal, delivery);
      delivery.ack();
      return true;
    },
  };

  /** Null: the message is committed, now or at an earlier delivery. */
  async function accept(message: IngestMessage): Promise<PosthasteError | null> {
    const creation = creations.get(message.application);
    const creating = create(message);
    if (message.bringsApplication) follow(message.application, creation, creating);
    const refusal = await creating;
    if (refusal?.code !== 'not_found' || creation === undefined) return refusal;
    // An earlier message creates the application: wait for it.
    const created = await creation;
    return created?.retryable ? created : create(message);
  }

  function follow(application: string, before: Creation | undefined, creating: Creation): void {
    const creation = Promise.all([before, creating]).then(([earlier, own]) =>
      earlier?.retryable ? earlier : own,
    );
    creations.set(application, creation);
    void creation.then(() => {
      if (creations.get(application) === creation) creations.delete(application);
    });
  }

  /** Never rejects. */
  async function create(message: IngestMessage): Creation {
    const { application, fields, payloadText, idempotencyKey, traceparent } = message;
    const options = { payloadText, idempotencyKey, traceparent };
    try {
      await messages.create(principal, application, fields, options);
      return null;
    } catch (error) {
      return reasonOf(error);
    }
  }

  // Without the details of the error, which may quote the payload.
  function logRefusal(reason: PosthasteError, { message: { messageId } }: Delivery): void {
    const { code } = reason;
    const isDefect = code === 'internal' || code === 'storage_rejected';
    const context = { queue, messageId, reason: code, ...(isDefect && { err: reason }) };
    rareLog(isDefect ? 'error' : 'warn', `refused ${code}`, context, REFUSED);
  }
}

/** Resolves with null when the message is committed. */
type Creation = Promise<PosthasteError | null>;

const WAITING = 'messages of the ingest queue cannot be stored now, will retry';
const NOT_CONFIRMED = 'refused messages cannot be moved to the dead-letter queue now, will retry';
const REFUSED = 'refused a message and moved it to the dead-letter queue';

function reasonOf(error: unknown): PosthasteError {
  if (error instanceof PosthasteError) return error;
  return new PosthasteError('internal', 'A defect in Posthaste: see its log', { cause: error });
}
