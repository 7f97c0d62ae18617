import type { SentRequest } from '../../domain/attempt-exchange.ts';
import type { Handoff } from '../../domain/delivery.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import type { ChangedWebhook } from '../../domain/transformation.ts';

/** A request to an endpoint with a transformation, before that has run. */
export interface UnfinishedRequest {
  readonly endpoint: Endpoint;
  readonly handoff: Handoff;
  /** The wall clock at the start of the attempt. */
  readonly startedAt: number;
  /** Signs what the transformation made. Throws when it can't be sent. */
  readonly finish: (changed: ChangedWebhook) => FinishedRequest;
}

export interface FinishedRequest {
  readonly head: string;
  readonly body: Buffer;
  readonly sent: SentRequest;
}
