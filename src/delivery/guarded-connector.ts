import { buildConnector } from 'undici';
import type { AddressGuard } from './address-guard.ts';
import type { Connector } from './connection.ts';

/**
 * Dials only addresses that the guard lets through: it vets what the name resolves to and dials
 * exactly what it vetted, so a name that resolves to something else a moment later gains nothing.
 */
export function createGuardedConnector(guard: AddressGuard): Connector {
  const dial = buildConnector({
    lookup: guard.lookup,
    autoSelectFamily: true,
    allowH2: false,
    // The exchange's deadline covers dialling too.
    timeout: 0,
  });
  return (options, callback) => {
    const refused = guard.checkLiteral(options.hostname);
    if (refused === null) return dial(options, callback);
    setImmediate(callback, refused, null);
  };
}
