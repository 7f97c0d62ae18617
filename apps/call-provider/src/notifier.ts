import { setTimeout as pause } from 'node:timers/promises';
import { type DeliveryEvent, type Posthaste, PosthasteError } from 'posthaste';
import { accountUid } from './accounts.ts';
import type { CallEvent, QueuedEvent } from './call-event.ts';
import type { DeadLetters } from './dead-letters.ts';

export interface NotifierLog {
  info(message: string): void;
  warn(message: string): void;
  error(details: object, message: string): void;
}

export interface NotifierOptions {
  readonly posthaste: Pick<Posthaste, 'on' | 'application' | 'message'>;
  readonly log: NotifierLog;
  readonly deadLetters: DeadLetters;
  /** Pauses before the new tries of an event that Posthaste could not accept because of a defect. */
  readonly retryPausesMs?: readonly number[];
  /** Ends these pauses; the events stay on the queue. */
  readonly stopping: AbortSignal;
}

const RETRY_PAUSES_MS = [500, 1_000, 2_000];

/** Hands the events of the queue to Posthaste, and tells the log what became of each. */
export function createNotifier(options: NotifierOptions) {
  const { posthaste, log, deadLetters, stopping, retryPausesMs = RETRY_PAUSES_MS } = options;
  posthaste.on('delivered', async (delivery) => {
    const what = await describe(delivery);
    log.info(`${what} delivered in ${delivery.attempt?.durationMs ?? 0} ms`);
  });
  posthaste.on('failed', async (delivery) => {
    log.warn(`${await describe(delivery)} failed: ${delivery.attempt?.detail}; trying again`);
  });
  posthaste.on('exhausted', async (delivery) => {
    log.warn(`${await describe(delivery)} failed: ${delivery.attempt?.detail}; given up`);
  });

  async function describe(delivery: DeliveryEvent): Promise<string> {
    const { applicationId, messageId } = delivery;
    const [name, event] = await Promise.all([
      nameOf(delivery),
      posthaste.message.get(applicationId, messageId).catch(() => null),
    ]);
    // The last deliveries before a stop may find the database closed.
    if (event === null) return `${messageId} to ${name}`;
    const { type, contactNumber, their_number: theirNumber } = event.payload as CallEvent;
    return [type, contactNumber ?? theirNumber, 'to', name].filter(Boolean).join(' ');
  }

  async function nameOf({ applicationId }: DeliveryEvent): Promise<string> {
    const application = await posthaste.application.get(applicationId).catch(() => null);
    return application?.name ?? applicationId;
  }

  return {
    /**
     * Resolves when the event is durable, as a message or as a dead letter, and when the event is invalid,
     * so that no other try could help. Rejects when the queue should bring the event again.
     */
    async take(event: QueuedEvent): Promise<void> {
      for (const pauseMs of [...retryPausesMs, null]) {
        const error = await refusalOf(event);
        if (error === null) return;
        const { eventId, account } = event;
        if (error.status < 500) {
          log.error({ err: error, eventId, account }, `dropped an event for ${account}`);
          return;
        }
        if (pauseMs === null) {
          await deadLetters.put(event, error);
          log.error({ err: error, eventId, account }, `dead letter: an event for ${account}`);
          return;
        }
        await pause(pauseMs, undefined, { signal: stopping });
      }
    },
  };

  /** Why Posthaste refuses the event for good, or null when it has accepted it; throws errors that may pass. */
  async function refusalOf({ eventId, account, event }: QueuedEvent) {
    const message = { eventType: event.type, eventId, payload: event };
    try {
      await posthaste.message.create(accountUid(account), message);
    } catch (error) {
      if (!(error instanceof PosthasteError) || error.retryable) throw error;
      // The message exists: the broker brought the event again, or the answer to an earlier try was lost.
      return error.code === 'conflict' ? null : error;
    }
    return null;
  }
}
