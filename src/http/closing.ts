import type { FastifyInstance } from 'fastify';
import type { FastPublish } from './fast-publish/fast-publish.ts';

/**
 * Bounds how long closing takes. A connection whose request was in flight when closing began becomes
 * idle after it, and would keep the server open until its client leaves.
 */
export function closeInTime(
  server: FastifyInstance,
  fastPublish: FastPublish | null,
  graceMs: number,
): void {
  let reaper: NodeJS.Timeout | undefined;
  let end: NodeJS.Timeout | undefined;
  server.addHook('preClose', (done) => {
    fastPublish?.close();
    reaper = setInterval(() => server.server.closeIdleConnections(), 50);
    end = setTimeout(() => {
      server.server.closeAllConnections();
      fastPublish?.destroy();
    }, graceMs);
    done();
  });
  server.addHook('onClose', (_, done) => {
    clearInterval(reaper);
    clearTimeout(end);
    done();
  });
}
