/** `posthaste/moleculer`: webhooks as a Moleculer service. See `docs/moleculer.md`. */
export { webhooksService } from './webhooks-service.ts';
export type { DeliveryConcluded, Published, WebhooksServiceOptions } from './webhooks-service.ts';
export type { TargetOutcome } from './outcomes.ts';
export type {
  IdParams,
  ListParams,
  PublishOptions,
  PublishParams,
  RegisterParams,
  UpdateParams,
} from './parameters.ts';
export type { WebhooksClient } from './webhooks-client.ts';
export type { Webhook } from './webhook.ts';
