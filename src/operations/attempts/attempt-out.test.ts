import { expect, it } from 'vitest';
import type { Attempt } from '../../domain/attempt.ts';
import { createAddressGuard } from '../../delivery/address-guard.ts';
import { toAttemptOut } from './attempt-out.ts';

function shown(detail: string, applicationId?: string): string {
  const attempt = { startedAt: 0, durationMs: 0, exchange: null, detail } as Attempt;
  return toAttemptOut({ ...(applicationId && { applicationId }) }, false)(attempt).detail;
}

const addresses = ['10.0.0.1', 'fd00::1'].map((address) => ({ address, family: 4 }));
const refused = createAddressGuard([]).vet('db.internal', addresses);

it.each([
  [(refused as Error).message, 'db.internal is outside the public internet'],
  [
    `the token endpoint http://a.test/ did not answer (address): ${(refused as Error).message}`,
    'the token endpoint http://a.test/ did not answer (address): db.internal is outside the public internet',
  ],
  [
    'the connection to the proxy failed: connect ECONNREFUSED 10.0.0.7:3128',
    'the connection to the proxy failed',
  ],
  ['the proxy refused to connect ("HTTP/1.1 403 squid-7")', 'the proxy refused to connect'],
  ['connect ECONNREFUSED 10.0.0.8:443', 'connect ECONNREFUSED'],
  ['connect EADDRNOTAVAIL fd00::1:443 - Local (10.1.2.3:0)', 'connect EADDRNOTAVAIL'],
  ['read ECONNRESET', 'read ECONNRESET'],
])('a customer does not learn addresses of the operator: %s', (detail, toCustomers) => {
  expect(shown(detail, 'app_1')).toBe(toCustomers);
  expect(shown(detail)).toBe(detail);
});
