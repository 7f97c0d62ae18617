import { PosthasteError } from '../domain/errors.ts';
import type { MessageOperations } from '../operations/operations.ts';
import type { Delivery } from './consumer.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { RareLog } from './rare-log.ts';
import { type IngestMessage, readMessage } from './read-message.ts';

/** A message on its way into the storage. */
export interface Accepting {
  readonly delivery: Delivery;
  /** Those of one application have one line, those that name none another. */
  readonly line: string;
  /** The message, or why it is none. */
  readonly read: IngestMessage | PosthasteError;
}

export interface Acceptance {
  read(delivery: Delivery): Accepting;
  /**
   * Accepts or refuses the message for good, and acknowledges it then. False: neither is possible
   * now. Never rejects.
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
  /** By application, while messages that bring it are on their way. */
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

  /** Null: it is committed, now or the first time that it came. */
  async function accept(message: IngestMessage): Promise<PosthasteError | null> {
    const creation = creations.get(message.application);
    const creating = create(message);
    if (message.bringsApplication) follow(message.application, creation, creating);
    const refusal = await creating;
    if (refusal?.code !== 'not_found' || creation === undefined) return refusal;
    // A message before it brings the application.
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

  // Without the detail of a wrong input: it may quote the payload.
  function logRefusal(reason: PosthasteError, { message: { messageId } }: Delivery): void {
    const { code } = reason;
    const isDefect = code === 'internal' || code === 'storage_rejected';
    const context = { queue, messageId, reason: code, ...(isDefect && { err: reason }) };
    rareLog(isDefect ? 'error' : 'warn', `refused ${code}`, context, REFUSED);
  }
}

/** Null: it is committed. */
type Creation = Promise<PosthasteError | null>;

const WAITING = 'messages of the ingest queue wait and are tried again';
const NOT_CONFIRMED =
  'refused messages wait: the broker does not take them into its dead-letter queue';
const REFUSED = 'refused a message: it is in the dead-letter queue';

function reasonOf(error: unknown): PosthasteError {
  if (error instanceof PosthasteError) return error;
  return new PosthasteError('internal', 'A defect in Posthaste: see its log', { cause: error });
}
