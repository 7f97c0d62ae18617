import { createSecureContext } from 'node:tls';
import { createAddressGuard } from '../../src/delivery/address-guard.ts';
import { createHttpClient } from '../../src/delivery/http-client/create-http-client.ts';
import { describeHttpClient } from './http-client.ts';

describeHttpClient({
  create: ({ clock, allowNetworks, idleLimit, resolve, authority }) =>
    createHttpClient({
      clock,
      idleLimit,
      guard: createAddressGuard(allowNetworks, (hostname, _options, callback) => {
        const found = resolve(hostname);
        if (found instanceof Error) callback(found, []);
        else if (found !== null) callback(null, [...found]);
      }),
      secureContext: createSecureContext(authority === '' ? {} : { ca: authority }),
    }),
  capabilities: { retriesStaleConnections: true, readsOddHeads: true, namesPhases: false },
});
