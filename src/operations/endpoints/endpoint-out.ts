import type { Endpoint } from '../../domain/endpoint.ts';
import { toPolicyOut } from '../policy.ts';
import type { EndpointOut } from './endpoint-schemas.ts';

export function toEndpointOut(endpoint: Endpoint): EndpointOut {
  return {
    id: endpoint.id,
    uid: endpoint.uid,
    url: endpoint.url,
    description: endpoint.description,
    eventTypes: endpoint.eventTypes && [...endpoint.eventTypes],
    channels: endpoint.channels && [...endpoint.channels],
    disabled: endpoint.disabled !== null,
    disabledReason: endpoint.disabled?.reason ?? null,
    throttleRate: endpoint.rateLimit,
    metadata: { ...endpoint.metadata },
    concurrency: endpoint.concurrency,
    ordered: endpoint.ordered,
    policy: toPolicyOut(endpoint.policy),
    createdAt: new Date(endpoint.createdAt).toISOString(),
    updatedAt: new Date(endpoint.updatedAt).toISOString(),
  };
}
