import { SECRET_HEADER } from '../../domain/header-field.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import { withoutCredentials } from '../../domain/url-credentials.ts';
import { toPolicyOut } from '../policy.ts';
import type { EndpointHeadersOut, EndpointOut } from './endpoint-schemas.ts';

export function toEndpointOut(endpoint: Endpoint): EndpointOut {
  return {
    id: endpoint.id,
    uid: endpoint.uid,
    url: withoutCredentials(endpoint.url),
    description: endpoint.description,
    eventTypes: endpoint.eventTypes && [...endpoint.eventTypes],
    filterTypes: endpoint.eventTypes && [...endpoint.eventTypes],
    channels: endpoint.channels && [...endpoint.channels],
    filter: endpoint.filter && structuredClone(endpoint.filter),
    disabled: endpoint.disabled !== null,
    disabledReason: endpoint.disabled?.reason ?? null,
    paused: endpoint.pausedAt !== null,
    throttleRate: endpoint.rateLimit,
    rateLimit: endpoint.rateLimit,
    version: endpoint.version,
    metadata: { ...endpoint.metadata },
    concurrency: endpoint.concurrency,
    ordered: endpoint.ordered,
    policy: toPolicyOut(endpoint.policy),
    createdAt: new Date(endpoint.createdAt).toISOString(),
    updatedAt: new Date(endpoint.updatedAt).toISOString(),
  };
}

export function toHeadersOut(headers: Readonly<Record<string, string>>): EndpointHeadersOut {
  const entries = Object.entries(headers);
  return {
    headers: Object.fromEntries(entries.filter(([name]) => !SECRET_HEADER.test(name))),
    sensitive: entries.map(([name]) => name).filter((name) => SECRET_HEADER.test(name)),
  };
}
