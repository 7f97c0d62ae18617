/** `posthaste/moleculer`: webhooks as a Moleculer service. See `docs/moleculer.md`. */
export { webhooksService } from './webhooks-service.ts';
export type { DeliveryConcluded, Published, WebhooksServiceOptions } from './webhooks-service.ts';
export type { TargetOutcome } from './outcomes.ts';
export type {
  EventParams,
  IdParams,
  ListParams,
  MessageParams,
  PublishBatchParams,
  PublishOptions,
  PublishParams,
  RegisterParams,
  UndeliveredParams,
  UpdateParams,
} from './parameters.ts';
export type { WebhooksClient } from './webhooks-client.ts';
export type { Webhook } from './webhook.ts';
