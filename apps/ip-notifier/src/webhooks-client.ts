import { randomUUID } from 'node:crypto';
import type { Outage } from '@posthaste/app-kit/outage';
import type { ServiceBroker } from 'moleculer';
import type { Published, Webhook } from 'posthaste/moleculer';

/** The webhooks service as the backend uses it, on whichever node it is. */
export interface WebhooksClient {
  register(targetUrl: string): Promise<{ id: string }>;
  update(id: string, newTargetUrl: string): Promise<Webhook>;
  get(id: string): Promise<Webhook & { secret: string }>;
  list(): Promise<Webhook[]>;
  delete(id: string): Promise<void>;
  trigger(ipAddress: string): Promise<Published>;
  isAvailable(): boolean;
}

/**
 * A call without an answer is retried, except `delete`, which would fail the second time. `outage` is told of
 * calls that fail because the service can't be reached, and of those that succeed.
 */
export function createWebhooksClient(broker: ServiceBroker, outage: Outage): WebhooksClient {
  async function call<T>(action: string, params: object, retries = RETRIES): Promise<T> {
    const options = { timeout: TIMEOUT_MS, retries };
    try {
      const answer = await broker.call<T, object>(`webhooks.${action}`, params, options);
      outage.back();
      return answer;
    } catch (error) {
      if (isAway(error)) outage.away(error);
      throw error;
    }
  }

  return {
    register: (targetUrl) => call('register', { targetUrl, idempotencyKey: randomUUID() }),
    update: (id, newTargetUrl) => call('update', { id, newTargetUrl }),
    get: (id) => call('get', { id }),
    async list() {
      // Page by page, because transporters limit the size of a message: NATS to 1 MB.
      const webhooks: Webhook[] = [];
      for (;;) {
        const after = webhooks.at(-1)?.id;
        const page = await call<Webhook[]>('list', { limit: PAGE, ...(after && { after }) });
        webhooks.push(...page);
        if (page.length < PAGE) return webhooks;
      }
    },
    delete: async (id) => void (await call('delete', { id }, 0)),
    trigger(ipAddress) {
      const timestamp = Math.floor(Date.now() / 1000);
      return call('trigger', { ipAddress, timestamp, idempotencyKey: randomUUID() });
    },
    isAvailable: () => broker.registry.actions.isAvailable('webhooks.trigger'),
  };
}

/** Whether the service can't be reached now, so that the same call can succeed later. Moleculer gives it code 404. */
export function isAway(error: unknown): boolean {
  return (error as { retryable?: unknown } | null)?.retryable === true;
}

const TIMEOUT_MS = 4_000;
const RETRIES = 2;
const PAGE = 2_500;
