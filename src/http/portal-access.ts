import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { PortalAccessOperations } from '../operations/operations.ts';
import { optionalJsonBody } from './body.ts';
import { type AnswerOnce, ok } from './idempotency.ts';

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
        return { url: url === '' ? referencePage(request) : url, token };
      }),
    );
  }
}

/** As with Svix's own server: a page that says what the token is for. */
function referencePage({ protocol, host }: FastifyRequest): string {
  return `${protocol}://${host}/docs`;
}
