import { hostname } from 'node:os';
import { type Outage, createOutage } from '@posthaste/app-kit/outage';
import { type BrokerOptions, type Middleware, ServiceBroker, type Transit } from 'moleculer';
import type { Logger } from 'pino';
import type { Settings } from './settings.ts';

export function createBroker(settings: Settings, log: Logger): ServiceBroker {
  const outage = createOutage(log, 'the transporter cannot be reached', 'the transporter is back');
  const broker = new ServiceBroker({
    namespace: settings.namespace,
    // Unique also when both nodes are in one process.
    nodeID: `${settings.roles.join('+')}-${hostname()}-${process.pid}`,
    logger: {
      type: 'Pino',
      options: {
        createLogger: (_level: string, { mod }: { mod: string }) => {
          const level = log.isLevelEnabled('warn') ? 'warn' : log.level;
          const child = log.child({ module: mod }, { level });
          if (mod === 'broker') return withoutCalls(child);
          return mod === 'transit' || mod === 'transporter' ? tellOnce(child, outage) : child;
        },
      },
    },
    transporter: transporterOf(settings.transporter),
    // A killed node is noticed within these 4 s and not called any more.
    heartbeatInterval: 1,
    heartbeatTimeout: 4,
    retryPolicy: { enabled: true, retries: 0, delay: 200, maxDelay: 1_000, factor: 2 },
    tracking: { enabled: true, shutdownTimeout: 5_000 },
    // `main.ts` handles the signals.
    skipProcessEventRegistration: true,
    middlewares: [NO_HEARTBEAT_AFTER_GOODBYE as unknown as Middleware],
  });
  broker.localBus.on('$transporter.connected', outage.back);
  return broker;
}

/**
 * For each failed try to connect Moleculer logs two warnings: one has no reason, and pino leaves out the
 * reason of the other.
 */
function tellOnce(log: Logger, outage: Outage): Logger {
  const { warn } = log;
  log.warn = (message: unknown, ...rest: unknown[]) => {
    if (message === 'Connection is failed.') outage.away(rest[0]);
    else if (!String(message).includes('failed to connect')) {
      Reflect.apply(warn, log, [message, ...rest]);
    }
  };
  return log;
}

/** Drops Moleculer's warnings of failed calls: the caller reports each failure. */
function withoutCalls(log: Logger): Logger {
  const { warn } = log;
  log.warn = (message: unknown, ...rest: unknown[]) => {
    if (!OF_A_CALL.test(String(message))) Reflect.apply(warn, log, [message, ...rest]);
  };
  return log;
}

const OF_A_CALL = /^(Service '.*' is not |Request '.*' is timed out|Retry to call )/;

/**
 * Moleculer measures the CPU before it sends a heartbeat. When the broker stops during that measurement,
 * the heartbeat would be sent on a closed channel; nobody handles that error, so it would end the process
 * in the middle of its clean stop.
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
  // By default Moleculer would take the next call only after answering the last one.
  if (url?.startsWith('amqp')) return { type: 'AMQP', options: { url, prefetch: 100 } };
  // Moleculer takes URLs, but its types don't.
  return url as 'TCP' | null;
}
