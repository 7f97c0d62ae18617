import { createAddressGuard } from '../../src/delivery/address-guard.ts';
import { createUndiciClient } from '../support/undici-client.ts';
import { describeHttpClient } from './http-client.ts';

describeHttpClient({
  create: ({ clock, allowNetworks, resolver, authority }) =>
    createUndiciClient({ clock, guard: createAddressGuard(allowNetworks), resolver, authority }),
  capabilities: {
    retriesStaleConnections: false,
    closesAfterEarlyResponses: false,
    readsOddHeads: false,
    namesPhases: false,
    abandonsDials: false,
  },
});
