import { createAddressGuard } from '../../src/delivery/address-guard.ts';
import { createHttpClient } from '../../src/delivery/http-client/create-http-client.ts';
import { describeHttpClient } from './http-client.ts';

describeHttpClient({
  create: ({ clock, allowNetworks, idleLimit, resolver, authority }) =>
    createHttpClient({
      clock,
      idleLimit,
      guard: createAddressGuard(allowNetworks),
      resolver,
      authorities: authority === '' ? [] : [authority],
      proxyUrl: null,
      proxyResolvesNames: false,
      noProxy: [],
    }),
  capabilities: {
    retriesStaleConnections: true,
    closesAfterEarlyResponses: true,
    readsOddHeads: true,
    namesPhases: true,
    abandonsDials: true,
  },
});
