import * as v2 from 'svix';
import * as v184 from 'svix-1.84';
import * as v199 from 'svix-1.99';

/** One version of the official client library, with the method names of 2.x. */
export interface SvixLibrary {
  readonly version: string;
  connect(url: string, token: string): SvixClient;
  messageInRaw: typeof v2.messageInRaw;
  /** The member of a body that selects event types: 1.x calls it otherwise than `eventTypes`. */
  choose(eventTypes: string[] | null): { eventTypes: string[] };
  chosen(endpoint: v2.EndpointOut): string[] | null | undefined;
  /** The member of a body that limits the rate: 1.84 calls it `rateLimit`. */
  limit(rate: number | null): { throttleRate: number };
  limited(answer: v2.EndpointOut | v2.ApplicationOut): number | null | undefined;
}

/** 2.x renamed `update` to `upsert`, and `updateHeaders` to `setHeaders`. */
export interface SvixClient extends Pick<
  v2.Svix,
  | 'application'
  | 'authentication'
  | 'endpoint'
  | 'eventType'
  | 'message'
  | 'messageAttempt'
  | 'health'
> {
  upsertApplication: v2.Svix['application']['upsert'];
  upsertEndpoint: v2.Svix['endpoint']['upsert'];
  upsertEventType: v2.Svix['eventType']['upsert'];
  setHeaders: v2.Svix['endpoint']['setHeaders'];
}

type Version1 = typeof v199;

export const SVIX_LIBRARIES: readonly SvixLibrary[] = [
  // The two classes have the same methods; the compiler tells them apart by their private members.
  version1('1.84', v184 as unknown as Version1, 'rateLimit'),
  version1('1.99', v199, 'throttleRate'),
  {
    version: '2',
    connect(url, token) {
      const svix = new v2.Svix(token, { serverUrl: url });
      return client(svix, {
        upsertApplication: (...args) => svix.application.upsert(...args),
        upsertEndpoint: (...args) => svix.endpoint.upsert(...args),
        upsertEventType: (...args) => svix.eventType.upsert(...args),
        setHeaders: (...args) => svix.endpoint.setHeaders(...args),
      });
    },
    messageInRaw: v2.messageInRaw,
    choose: (eventTypes) => ({ eventTypes }) as { eventTypes: string[] },
    chosen: (endpoint) => endpoint.eventTypes,
    limit: (throttleRate) => ({ throttleRate }) as { throttleRate: number },
    limited: (answer) => answer.throttleRate,
  },
];

function version1(
  version: string,
  library: Version1,
  rate: 'rateLimit' | 'throttleRate',
): SvixLibrary {
  return {
    version,
    connect(url, token) {
      const svix = new library.Svix(token, { serverUrl: url });
      // Other methods have the same names in 1.x and 2.x. Bodies that differ come from `choose` and `limit`.
      return client(svix as unknown as v2.Svix, {
        upsertApplication: (app, body) => svix.application.update(app, body),
        upsertEndpoint: (app, id, body) =>
          svix.endpoint.update(app, id, body) as Promise<unknown> as Promise<v2.EndpointOut>,
        upsertEventType: (name, body) =>
          svix.eventType.update(name, body) as Promise<unknown> as Promise<v2.EventTypeOut>,
        setHeaders: (...args) => svix.endpoint.updateHeaders(...args),
      });
    },
    messageInRaw: library.messageInRaw,
    choose: (filterTypes) => ({ filterTypes }) as unknown as { eventTypes: string[] },
    chosen: (endpoint) => (endpoint as { filterTypes?: string[] | null }).filterTypes,
    limit: (value) => ({ [rate]: value }) as unknown as { throttleRate: number },
    limited: (answer) =>
      (answer as { rateLimit?: number | null; throttleRate?: number | null })[rate],
  };
}

function client(
  { application, authentication, endpoint, eventType, message, messageAttempt, health }: v2.Svix,
  renamed: Pick<
    SvixClient,
    'upsertApplication' | 'upsertEndpoint' | 'upsertEventType' | 'setHeaders'
  >,
): SvixClient {
  return {
    application,
    authentication,
    endpoint,
    eventType,
    message,
    messageAttempt,
    health,
    ...renamed,
  };
}
