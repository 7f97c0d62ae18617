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
          const isTransport = mod === 'transit' || mod === 'transporter';
          return without(isTransport ? isLoggedBy(outage) : isLoggedByCaller, child);
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
 * Leaves out the lines that somebody else logs. Moleculer passes an error after its message, where pino
 * ignores it; the error becomes the first argument here.
 */
function without(isLogged: (message: string, cause: unknown) => boolean, log: Logger): Logger {
  for (const level of ['warn', 'error'] as const) {
    const write = log[level];
    log[level] = (message: unknown, ...rest: unknown[]) => {
      const [cause] = rest;
      if (isLogged(String(message), cause)) return;
      const line = cause instanceof Error ? [{ err: cause }, message] : [message, ...rest];
      Reflect.apply(write, log, line);
    };
  }
  return log;
}

/** The caller reports a failed call; whoever starts the program reports services that cannot start. */
function isLoggedByCaller(message: string): boolean {
  return /^(Service '.*' is not |Request '.*' is timed out|Retry to call |Unable to start all)/.test(
    message,
  );
}

/** Moleculer has several lines for each try to connect that failed, and one for each packet that cannot be sent. */
function isLoggedBy(outage: Outage): (message: string, cause: unknown) => boolean {
  return (message, cause) => {
    if (cause instanceof Error && cause.name === 'BrokerDisconnectedError') return true;
    if (!OF_AN_OUTAGE.test(message)) return false;
    if (cause !== undefined) outage.away(cause);
    return true;
  };
}

const OF_AN_OUTAGE =
  /^(Connection is failed|NATS error|AMQP (connection|channel) (error|is closed)|.* failed to connect)/;

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
