import { hostname } from 'node:os';
import { type BrokerOptions, type Middleware, ServiceBroker, type Transit } from 'moleculer';
import type { Logger } from 'pino';
import type { Settings } from './settings.ts';

export function createBroker(settings: Settings, log: Logger): ServiceBroker {
  return new ServiceBroker({
    namespace: settings.namespace,
    // Also of its own when both nodes are in one process.
    nodeID: `${settings.roles.join('+')}-${hostname()}-${process.pid}`,
    logger: {
      type: 'Pino',
      options: {
        createLogger: (_level: string, { mod }: { mod: string }) =>
          log.child({ module: mod }, { level: log.isLevelEnabled('warn') ? 'warn' : log.level }),
      },
    },
    transporter: transporterOf(settings.transporter),
    // A node that was killed is noticed this soon, and not called any more.
    heartbeatInterval: 1,
    heartbeatTimeout: 4,
    retryPolicy: { enabled: true, retries: 0, delay: 200, maxDelay: 1_000, factor: 2 },
    tracking: { enabled: true, shutdownTimeout: 5_000 },
    // The signals are for `main.ts`.
    skipProcessEventRegistration: true,
    middlewares: [NO_HEARTBEAT_AFTER_GOODBYE as unknown as Middleware],
  });
}

/**
 * Moleculer measures the CPU before it sends a heartbeat. One that is under way when the broker stops
 * would be sent on a closed channel; that error has no owner and ends the process in the middle of its
 * clean stop.
 */
const NO_HEARTBEAT_AFTER_GOODBYE = {
  transitPublish(this: Transit, next: Transit['publish']): Transit['publish'] {
    return (packet) => {
      const isLate = packet.type === 'HEARTBEAT' && this.disconnecting;
      return isLate ? Promise.resolve() : next(packet);
    };
  },
};

function transporterOf(url: string | null): NonNullable<BrokerOptions['transporter']> | null {
  // Moleculer would take the next call only when the last one was answered.
  if (url?.startsWith('amqp')) return { type: 'AMQP', options: { url, prefetch: 100 } };
  // URLs are a form that its types leave out.
  return url as 'TCP' | null;
}
