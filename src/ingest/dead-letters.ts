import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Channel } from 'rabbitmq-client';
import type { Clock } from '../domain/clock.ts';
import type { PosthasteError } from '../domain/errors.ts';
import { type RefusedMessage, deadLetter } from './dead-letter.ts';
import type { OpenLink } from './open-link.ts';

/** The dead-letter queue: refused messages, each with the reason, for a person to look at. */
export interface DeadLetters {
  /**
   * True once the broker has confirmed the message there. False when it may not have it, and then
   * the message must be put again; it may be there twice in the end.
   */
  put(message: RefusedMessage, reason: PosthasteError): Promise<boolean>;
  stop(): Promise<void>;
}

export interface DeadLettersOptions {
  /** The queue that the messages come from. */
  readonly queue: string;
  readonly openLink: OpenLink;
  readonly clock: Pick<Clock, 'now' | 'after'>;
}

/**
 * It has a connection of its own, because a broker that is low on memory stops reading from
 * connections that publish, and acknowledgements must still get through then.
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
      // A message for a queue that does not exist is returned and confirmed. The client tells of the
      // return in the next turn, which closes the channel.
      await nextTurn();
      return through.active;
    },
    stop: () => link.stop(),
  };

  function confirmedInTime(publishing: Promise<void>): Promise<boolean> {
    return new Promise((resolve) => {
      // A broker without a quorum stays connected and confirms nothing.
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
