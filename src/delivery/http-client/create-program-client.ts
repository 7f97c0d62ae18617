import { lookup } from 'node:dns';
import { systemClock } from '../../domain/clock.ts';
import { createHttpClient } from './create-http-client.ts';
import type { HttpClient } from './http-client.ts';
import { NameError } from './names/name-error.ts';
import type { NameResolver } from './names/name-resolver.ts';

export type { ExchangeResult, HttpClient } from './http-client.ts';

/**
 * A client for the program of a developer: it reads responses as the server does, connects to every address,
 * and finds every name that other programs of the machine find.
 */
export function createProgramClient(): HttpClient {
  return createHttpClient({
    clock: systemClock,
    guard: { allows: () => true, vet: (_hostname, addresses) => addresses },
    idleLimit: 10,
    resolver: systemResolver,
    authorities: [],
    proxyUrl: null,
    proxyResolvesNames: false,
    noProxy: [],
  });
}

/** getaddrinfo uses one thread for each look-up, which is no harm for the one name of a program. */
const systemResolver: NameResolver = {
  resolve(hostname, onAnswer) {
    let given = false;
    lookup(hostname, { all: true }, (error, addresses) => {
      if (given) return;
      onAnswer(error === null ? addresses : new NameError(hostname, error.code ?? ''));
    });
    return () => (given = true);
  },
};
