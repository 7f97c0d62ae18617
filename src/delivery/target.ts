import type { Application } from '../domain/application.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import { type DeliveryPolicy, resolvePolicy } from '../domain/policy.ts';
import type { EndpointInContext } from '../storage/storage.ts';

/** An endpoint made ready for sending: all that stays the same from one attempt to the next. */
export interface Target {
  readonly endpoint: Endpoint;
  readonly application: Application;
  readonly origin: string;
  readonly path: string;
  /** Names and values in turn, without those that each message has of its own. */
  readonly headers: readonly string[];
  readonly policy: DeliveryPolicy;
  readonly concurrency: number;
}

export interface TargetDefaults {
  readonly policy: DeliveryPolicy;
  readonly endpointConcurrency: number;
  readonly userAgent: string;
}

export function createTarget(
  { endpoint, application }: EndpointInContext,
  defaults: TargetDefaults,
): Target {
  // Registration refuses what is no URL; should one be stored all the same, its attempts say so.
  const url = URL.parse(endpoint.url);
  return {
    endpoint,
    application,
    origin: url?.origin ?? endpoint.url,
    path: url === null ? '' : url.pathname + url.search,
    headers: staticHeaders(endpoint, defaults.userAgent),
    policy: resolvePolicy(defaults.policy, application.policy, endpoint.policy),
    concurrency: endpoint.ordered ? 1 : (endpoint.concurrency ?? defaults.endpointConcurrency),
  };
}

function staticHeaders(endpoint: Endpoint, userAgent: string): string[] {
  const headers = new Map([
    ['content-type', ['content-type', 'application/json']],
    ['user-agent', ['user-agent', userAgent]],
    ['accept', ['accept', '*/*']],
  ]);
  for (const [name, value] of Object.entries(endpoint.headers)) {
    headers.set(name.toLowerCase(), [name, value]);
  }
  return [...headers.values()].flat();
}
