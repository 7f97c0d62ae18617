import { hostname } from 'node:os';
import { type BrokerOptions, ServiceBroker } from 'moleculer';
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
  });
}

function transporterOf(url: string | null): NonNullable<BrokerOptions['transporter']> | null {
  // Moleculer would take the next call only when the last one was answered.
  if (url?.startsWith('amqp')) return { type: 'AMQP', options: { url, prefetch: 100 } };
  // URLs are a form that its types leave out.
  return url as 'TCP' | null;
}
