import { notFound } from '../../domain/errors.ts';
import { check } from '../validation.ts';
import type { EndpointAccess } from './endpoint-authentication.ts';
import type { EndpointSignatureOperations } from './endpoint-operations.ts';
import { signatureIn } from './signature-schemas.ts';

/** A signature in the form of another provider, beside that of Standard Webhooks. */
export function createEndpointSignature({
  find,
  edit,
}: EndpointAccess): EndpointSignatureOperations {
  return {
    async getSignature(principal, app, endpoint) {
      const { signature } = await find(principal, app, endpoint);
      if (signature === null) throw notFound('The own signature of endpoint', endpoint);
      const { secret, ...shown } = signature;
      return { ...shown, headers: { ...shown.headers }, hasSecret: secret !== null };
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
