import { boundedCache } from '../../bounded-cache.ts';
import type { Clock } from '../../domain/clock.ts';
import type { AddressGuard } from '../address-guard.ts';
import { Deadlines } from '../deadlines.ts';
import type { EndpointTls } from '../../domain/authentication.ts';
import { contextOf, trustWith } from './authorities.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { Dial } from './dial.ts';
import { createDial } from './create-dial.ts';
import { Exchange, SENDER_STOPPED } from './exchange.ts';
import {
  type ExchangeResult,
  type HttpClient,
  type HttpRequest,
  withoutResponse,
} from './http-client.ts';
import { IdleConnections } from './idle-connections.ts';
import { createNoProxy } from './no-proxy.ts';
import type { NameResolver } from './names/name-resolver.ts';
import { TlsOptions, createDirectSockets } from './open-socket.ts';
import { createProxySockets } from './proxy-tunnel.ts';

export interface HttpClientOptions {
  readonly clock: Clock;
  /** Decides which addresses may be connected to. */
  readonly guard: AddressGuard;
  /** Limit of the idle connections to all origins together; one with TLS counts as four. */
  readonly idleLimit: number;
  readonly resolver: NameResolver;
  /** Certificates in PEM form that are trusted besides those of Node and of the system. */
  readonly authorities: readonly string[];
  /** `http://[user:password@]host[:port]` or `socks5://…`; null: connections go straight to the receivers. */
  readonly proxyUrl: string | null;
  /** The proxy resolves the names of receivers; the proxy must then refuse forbidden addresses, too. */
  readonly proxyResolvesNames: boolean;
  /** Names, addresses and networks of receivers that are reached without the proxy. */
  readonly noProxy: readonly string[];
}

/**
 * An HTTP/1.1 client that does no more than an attempt needs: one write, and reads into one buffer
 * per connection. It costs 11 µs of CPU per exchange where undici's client costs 18.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { clock, guard, resolver, authorities, proxyUrl, proxyResolvesNames, idleLimit } = options;
  const noProxy = createNoProxy(options.noProxy);
  const dial = createDialWith(new TlsOptions(() => trustWith(authorities)));
  /** Kept longer than the connections, because making a context takes about 30 ms. */
  const ownTls = boundedCache<TlsOptions>(OWN_TLS);
  /** An endpoint's certificates as text, by their object, which is replaced when the endpoint is read again. */
  const texts = new WeakMap<EndpointTls, string>();
  const pools = new Map<string, ConnectionPool>();
  const deadlines = new Deadlines<Exchange>(clock, (exchange) => exchange.expire());
  const idle = new IdleConnections(idleLimit, clock);
  let stopped = false;

  function post(request: HttpRequest, onResult: (result: ExchangeResult) => void): void {
    if (stopped) return process.nextTick(onResult, STOPPED);
    const deadlineAtMs = clock.monotonicMs() + request.deadlineMs;
    let pool: ConnectionPool;
    try {
      pool = poolTo(request);
    } catch (error) {
      // This version of OpenSSL no longer accepts the stored certificates.
      return process.nextTick(onResult, withoutResponse('tls', error));
    }
    new Exchange(pool, deadlines, request, deadlineAtMs, onResult).start();
  }

  function poolTo({ origin, tls = null }: HttpRequest): ConnectionPool {
    const own = tls === null ? null : textOf(tls);
    const key = own === null ? origin : `${origin}\n${own}`;
    let pool = pools.get(key);
    if (pool === undefined) {
      const dialIt = tls === null || own === null ? dial : createDialWith(tlsOptionsOf(tls, own));
      pool = new ConnectionPool(origin, dialIt, clock, idle, () => pools.delete(key));
      pools.set(key, pool);
    }
    return pool;
  }

  function textOf(tls: EndpointTls): string {
    let text = texts.get(tls);
    if (text === undefined) texts.set(tls, (text = JSON.stringify(tls)));
    return text;
  }

  /** Each set of certificates has its own options, so that sessions are resumed only with the same certificates. */
  function tlsOptionsOf(tls: EndpointTls, key: string): TlsOptions {
    const known = ownTls.get(key);
    if (known !== undefined) return known;
    const context = contextOf(tls, authorities);
    const made = new TlsOptions(() => context);
    ownTls.set(key, made);
    return made;
  }

  function createDialWith(tls: TlsOptions): Dial {
    const direct = createDirectSockets(tls);
    if (proxyUrl === null) return createDial({ clock, guard, resolver, openSocket: direct });
    const throughProxy = createProxySockets(proxyUrl, resolver, tls);
    return createDial({
      clock,
      guard,
      resolver,
      leavesName: (host) => proxyResolvesNames && !noProxy.hasName(host),
      openSocket(address, target, events) {
        const isListed = noProxy.hasName(target.host) || noProxy.hasAddress(address.address);
        return (isListed ? direct : throughProxy)(address, target, events);
      },
    });
  }

  function abandon(): void {
    for (const exchange of deadlines.toArray()) exchange.abandon();
  }

  return {
    post,
    abandon,
    stop() {
      stopped = true;
      abandon();
      idle.stop();
      deadlines.stop();
    },
  };
}

const OWN_TLS = 1_000;

const STOPPED = { ...withoutResponse('connection', SENDER_STOPPED), localShortage: true };
