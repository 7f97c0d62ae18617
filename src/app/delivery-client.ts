import type { Tracer } from '@opentelemetry/api';
import type { EventEmitter } from 'node:events';
import type { Config } from '../config/config.ts';
import type { AddressGuard } from '../delivery/address-guard.ts';
import { createAuthorizingClient } from '../delivery/authorization/authorizing-client.ts';
import { readAuthorities } from '../delivery/http-client/authorities.ts';
import { createHttpClient } from '../delivery/http-client/create-http-client.ts';
import type { HttpClient } from '../delivery/http-client/http-client.ts';
import { createNameResolver } from '../delivery/http-client/names/name-resolver.ts';
import { createListeningClient } from '../delivery/listening/listening-client.ts';
import type { Clock } from '../domain/clock.ts';
import type { Ids } from '../domain/ids.ts';
import type { StorageOutage } from '../operations/operations.ts';
import type { Storage } from '../storage/storage.ts';
import { createTracingClient } from '../tracing/tracing-client.ts';
import type { Sandbox } from '../transformation/sandbox.ts';
import { createTransformingClient } from '../transformation/transforming-client.ts';

export interface DeliveryClientParts {
  readonly config: Config;
  /** Most idle connections to receivers. */
  readonly idleLimit: number;
  readonly storage: Storage;
  readonly guard: AddressGuard;
  readonly sandbox: Sandbox;
  /** Null: tracing is off. */
  readonly tracer: Tracer | null;
  readonly listenerNotes: EventEmitter;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly outage: Pick<StorageOutage, 'failed'>;
}

/**
 * The client that sends the requests of attempts. From the outside to the inside: a span for each
 * attempt, the endpoint's transformation, its authorization, listeners in place of a URL, and HTTP.
 */
export function createDeliveryClient(parts: DeliveryClientParts): HttpClient {
  const { config, idleLimit, storage, guard, sandbox, tracer, userAgent, clock, outage } = parts;
  const httpClient = createHttpClient({
    clock,
    guard,
    resolver: createNameResolver({ clock, servers: config.dnsServers }),
    authorities: config.caFile === null ? [] : readAuthorities(config.caFile),
    proxyUrl: config.proxyUrl,
    proxyResolvesNames: config.proxyResolvesNames,
    noProxy: config.noProxy,
    idleLimit,
  });
  const listeningClient = createListeningClient({
    httpClient,
    listeners: storage.listeners,
    ids: parts.ids,
    clock,
    notes: parts.listenerNotes,
  });
  const transformingClient = createTransformingClient({
    httpClient: createAuthorizingClient({ httpClient: listeningClient, clock, userAgent }),
    sandbox,
    storage,
    clock,
    onError: outage.failed('a transformation could not be run, will retry'),
  });
  return tracer
    ? createTracingClient({ httpClient: transformingClient, tracer, clock })
    : transformingClient;
}

/**
 * Enough for ten thousand endpoints that get messages in turn: a new connection costs several times as much as a
 * request on an idle one. The connections take 80 MB at most, and are closed when sockets run short.
 */
export const IDLE_CONNECTIONS = 10_240;
