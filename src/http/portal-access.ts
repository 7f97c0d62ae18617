import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { PortalAccessOperations } from '../operations/operations.ts';
import { optionalJsonBody } from './body.ts';
import { type AnswerOnce, noContent, ok } from './idempotency.ts';

export function portalAccessRoutes(
  server: FastifyInstance,
  operations: PortalAccessOperations,
  once: AnswerOnce,
): void {
  // The second path is an older one of the Svix API.
  for (const path of ['/auth/app-portal-access/:app_id', '/auth/dashboard-access/:app_id']) {
    server.post<{ Params: { app_id: string } }>(path, (request, reply) =>
      once(request, reply, ok, async () => {
        const { principal, params } = request;
        const input = optionalJsonBody(request) ?? {};
        const { url, token } = await operations.grant(principal, params.app_id, input);
        return { url: url === '' ? `${ownPortal(request)}#token=${token}` : url, token };
      }),
    );
  }

  server.post<{ Params: { app_id: string } }>('/auth/app/:app_id/expire-all', (request, reply) =>
    once(request, reply, noContent, (keep) =>
      operations.expireAll(
        request.principal,
        request.params.app_id,
        optionalJsonBody(request),
        keep,
      ),
    ),
  );

  // Without idempotency keys: a repetition is refused anyway, because the token has ended.
  server.post('/auth/logout', async ({ principal }, reply) => {
    await operations.logout(principal);
    return reply.code(204).send();
  });

  // Without idempotency keys: a new token has no effect that could happen twice.
  server.post('/auth/renew', (request) => operations.renew(request.principal));

  server.get('/auth/whoami', (request) => operations.whoami(request.principal));
}

/** The URL of this server's portal, under the host that the caller has used. */
function ownPortal({ protocol, host }: FastifyRequest): string {
  return `${protocol}://${host}/portal`;
}
