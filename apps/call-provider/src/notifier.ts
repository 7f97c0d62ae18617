import { type DeliveryEvent, type Posthaste, PosthasteError } from 'posthaste';
import { accountUid } from './accounts.ts';
import type { CallEvent, QueuedEvent } from './call-event.ts';

export interface NotifierLog {
  info(message: string): void;
  warn(message: string): void;
  error(details: object, message: string): void;
}

/** Hands the events of the queue to Posthaste, and tells the log what became of each. */
export function createNotifier(posthaste: Posthaste, log: NotifierLog) {
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
  posthaste.on('disabled', async (delivery) => {
    log.warn(`${await nameOf(delivery)} is disabled until it registers again`);
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
    /** Resolves when the event is durable, or can never be delivered; rejects when it may come again. */
    async take({ eventId, account, event }: QueuedEvent): Promise<void> {
      const message = { eventType: event.type, eventId, payload: event };
      try {
        await posthaste.message.create(accountUid(account), message);
      } catch (error) {
        if (!(error instanceof PosthasteError) || error.retryable) throw error;
        // The broker brought it again: its acknowledgement was lost.
        if (error.code === 'conflict') return;
        log.error({ err: error, eventId, account }, `dropped an event for ${account}`);
      }
    },
  };
}
