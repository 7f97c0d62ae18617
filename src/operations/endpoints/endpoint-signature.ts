import type { Endpoint } from '../../domain/endpoint.ts';
import { notFound } from '../../domain/errors.ts';
import { check } from '../validation.ts';
import type { EndpointAccess } from './endpoint-authentication.ts';
import type { EndpointSignatureOperations } from './endpoint-operations.ts';
import { type EndpointSignatureOut, signatureIn } from './signature-schemas.ts';

/** Operations for a further signature in the form of another provider, beside that of Standard Webhooks. */
export function createEndpointSignature({
  find,
  edit,
}: EndpointAccess): EndpointSignatureOperations {
  return {
    async getSignature(principal, app, endpoint) {
      const shown = toSignatureOut((await find(principal, app, endpoint)).signature);
      if (shown === null) throw notFound('The further signature of endpoint', endpoint);
      return shown;
    },

    async getSignatureConfig(principal, app, endpoint) {
      const config = toSignatureOut((await find(principal, app, endpoint)).signature);
      return { enabled: config !== null, config };
    },

    async setSignature(principal, app, endpoint, input) {
      const { headers, content, algorithm, encoding, secret, join } = check(
        signatureIn,
        input,
        'body',
      );
      await edit(principal, app, endpoint, (current) => ({
        ...current,
        signature: {
          headers,
          content,
          algorithm: algorithm ?? 'hmac-sha256',
          encoding: encoding ?? 'hex',
          secret: secret === undefined ? (current.signature?.secret ?? null) : secret,
          join: join ?? null,
        },
      }));
    },

    async deleteSignature(principal, app, endpoint) {
      await edit(principal, app, endpoint, (current) => ({ ...current, signature: null }));
    },
  };
}

function toSignatureOut(signature: Endpoint['signature']): EndpointSignatureOut | null {
  if (signature === null) return null;
  const { secret, ...shown } = signature;
  return { ...shown, headers: { ...shown.headers }, hasSecret: secret !== null };
}
