import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Channel } from 'rabbitmq-client';
import type { Clock } from '../domain/clock.ts';
import type { PosthasteError } from '../domain/errors.ts';
import { type RefusedMessage, deadLetter } from './dead-letter.ts';
import type { OpenLink } from './open-link.ts';

/** The dead-letter queue: refused messages, each with the reason, for a person to look at. */
export interface DeadLetters {
  /**
   * Resolves with true when the broker has confirmed the message. False: the broker may not have the message, so put
   * it again; the queue may then have it twice.
   */
  put(message: RefusedMessage, reason: PosthasteError): Promise<boolean>;
  stop(): Promise<void>;
}

export interface DeadLettersOptions {
  /** The queue of the original messages. */
  readonly queue: string;
  readonly openLink: OpenLink;
  readonly clock: Pick<Clock, 'now' | 'after'>;
}

/**
 * Publishes on a connection of its own, because a broker that is low on memory stops reading from connections that
 * publish, and acknowledgements must still get through.
 */
export function createDeadLetters({ queue, openLink, clock }: DeadLettersOptions): DeadLetters {
  const routingKey = `${queue}.dead`;
  let channel: Channel | undefined;

  const link = openLink({
    name: `${routingKey} publisher`,
    queue: { name: routingKey },
    async open(opened, renew) {
      await opened.confirmSelect();
      // The queue was deleted: a new channel declares it again.
      opened.on('basic.return', renew);
      channel = opened;
    },
    closed() {
      channel = undefined;
    },
  });

  return {
    async put(message, reason) {
      const through = channel;
      if (!through?.active) return false;
      const { envelope, body } = deadLetter(message, reason, queue, clock.now());
      const publishing = through.basicPublish({ ...envelope, routingKey, mandatory: true }, body);
      if (!(await confirmedInTime(publishing))) return false;
      // The broker returns and confirms a message for a missing queue. The client reports the return in the next
      // turn, which closes the channel.
      await nextTurn();
      return through.active;
    },
    stop: () => link.stop(),
  };

  function confirmedInTime(publishing: Promise<void>): Promise<boolean> {
    return new Promise((resolve) => {
      // Needed because a broker without a quorum stays connected but confirms nothing.
      const cancel = clock.after(CONFIRM_DEADLINE_MS, () => resolve(false));
      publishing
        .then(
          () => resolve(true),
          () => resolve(false),
        )
        .finally(cancel);
    });
  }
}

const CONFIRM_DEADLINE_MS = 10_000;
