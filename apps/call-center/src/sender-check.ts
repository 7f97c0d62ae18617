import { isIP, isIPv4 } from 'node:net';
import type { IncomingHttpHeaders } from 'node:http';
import { networkList } from '@posthaste/app-kit/networks';
import { createVerifier } from 'posthaste/receiver';

export type Sender =
  /** `messageId` is null for an event without a `webhook-id`: each of those is new. */
  | { readonly ok: true; readonly messageId: string | null }
  | { readonly ok: false; readonly signed: boolean; readonly message: string };

/**
 * Who may send events: whoever signs with our secret, and the listed addresses without a signature.
 * A signature, if there is one, must be valid from any address.
 */
export function createSenderCheck(secret: string, unsignedFrom: readonly string[]) {
  const verify = createVerifier(secret);
  const trusted = networkList(unsignedFrom);

  return (payload: Buffer, headers: IncomingHttpHeaders, peer: string): Sender => {
    const signed = 'webhook-signature' in headers || 'svix-signature' in headers;
    if (signed) {
      const result = verify(payload, headers);
      if (result.ok) return result;
      return { ok: false, signed, message: `the signature is refused: ${result.detail}` };
    }
    const address = peer.replace(/^::ffff:(?=\d+\.)/i, '');
    if (isIP(address) !== 0 && trusted.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')) {
      return { ok: true, messageId: String(headers['webhook-id'] ?? '') || null };
    }
    const message = `the event is not signed, and ${address} is not in accept-unsigned-from`;
    return { ok: false, signed, message };
  };
}
