import type { FastifyInstance } from 'fastify';
import type { PublishShortcut } from './publish-shortcut.ts';

/**
 * Bounds how long closing takes. A connection whose request was in flight when closing began goes
 * idle after it, and would hold the server open for as long as its client likes.
 */
export function closeInTime(
  server: FastifyInstance,
  shortcut: PublishShortcut,
  graceMs: number,
): void {
  let reaper: NodeJS.Timeout | undefined;
  let end: NodeJS.Timeout | undefined;
  server.addHook('preClose', (done) => {
    shortcut.close();
    reaper = setInterval(() => server.server.closeIdleConnections(), 50);
    end = setTimeout(() => {
      server.server.closeAllConnections();
      shortcut.destroy();
    }, graceMs);
    done();
  });
  server.addHook('onClose', (_, done) => {
    clearInterval(reaper);
    clearTimeout(end);
    done();
  });
}
