import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { Posthaste } from 'posthaste';
import { closeInTime } from '@posthaste/app-kit/program';
import { createAccounts } from './accounts.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createLifeCycles } from './life-cycle.ts';
import { createLocalQueue } from './local-queue.ts';
import { createNotifier } from './notifier.ts';
import { createRabbitMqQueue } from './rabbitmq-queue.ts';
import { createServer } from './server.ts';
import type { Settings } from './settings.ts';
import { createSimulator } from './simulator.ts';
import { telephoneNumber as anyNumber } from './telephone-number.ts';

export interface CallProviderOptions {
  readonly log: Logger;
  /** Seconds before each retry of an event. */
  readonly retrySchedule?: readonly number[];
  /** How the events of a whole call follow each other. */
  readonly stepMs?: number;
  readonly standbyMs?: number;
  /** Who calls next. */
  readonly telephoneNumber?: () => string;
}

export interface CallProvider {
  readonly url: string;
  /** Makes no more calls and tells customers nothing more. They can still delegate, but not register. */
  stopCalls(): Promise<void>;
  /** Ends the simulation, finishes or keeps what is in flight, closes everything. Safe to call twice. */
  stop(): Promise<void>;
}

/** Failed attempts, consecutive or not, that disable an account. */
const FAILURES_TO_DISABLE = 3;

/**
 * An event that always fails disables its account with its third attempt. It has three more, so that a
 * customer who registers again after a repair gets it, and no others: one event can't disable an account
 * again and again.
 */
const RETRY_SCHEDULE = [1, 2, 4, 8, 16];

/** Starts everything; resolves when customers can register. The broker may become reachable later. */
export async function startCallProvider(
  settings: Settings,
  options: CallProviderOptions,
): Promise<CallProvider> {
  const { log, retrySchedule = RETRY_SCHEDULE, stepMs = 1_000, standbyMs = 10_000 } = options;
  const { telephoneNumber = () => anyNumber(Math.random) } = options;
  const onError = (message: string, error: unknown) => log.error({ err: error }, message);
  const prefetch = settings['rabbitmq-prefetch'];
  const posthaste = new Posthaste({
    databaseUrl: `sqlite:${settings['sqlite-file']}`,
    concurrency: prefetch,
    endpointConcurrency: prefetch,
    timeoutMs: settings['request-timeout-ms'],
    retrySchedule,
    success: '200',
    disableAfter: `${FAILURES_TO_DISABLE} failures`,
    allowNetworks: settings['allow-networks'],
    log: log.child({}, { level: 'warn' }),
  });
  const accounts = createAccounts(posthaste, (name) =>
    log.warn(`${name} is disabled until it registers again`),
  );
  const stopSignal = new AbortController();
  const notifier = createNotifier({
    posthaste,
    log,
    deadLetters: createDeadLetters(`${settings['sqlite-file']}.dead-letters.jsonl`),
    stopping: stopSignal.signal,
  });
  const uri = settings['rabbitmq-uri'];
  const queue =
    uri === null
      ? createLocalQueue(onError)
      : createRabbitMqQueue({
          uri,
          queue: settings['rabbitmq-calls-queue'],
          prefetch,
          onError,
          log,
        });
  const lifeCycles = createLifeCycles({ telephoneNumber, stepMs, standbyMs, log });
  const simulator = createSimulator({
    accounts,
    queue,
    intervalMs: settings['interval-ms'],
    call:
      settings.simulate === 'life-cycle'
        ? (tell, stop) => lifeCycles.run(tell, stop)
        : (tell) => tell({ type: 'call.standby', contactNumber: telephoneNumber() }),
    onError,
  });
  const server = createServer({ accounts, lifeCycles, log });

  async function stopCalls(): Promise<void> {
    stopSignal.abort();
    await simulator.stop();
    await queue.stop();
    await posthaste.stop();
  }

  async function stop(): Promise<void> {
    stopSignal.abort();
    await Promise.all([simulator.stop(), closeInTime(server)]);
    await stopCalls();
  }
  let stopping: Promise<void> | undefined;
  const stopOnce = () => (stopping ??= stop());

  try {
    await posthaste.start();
    await accounts.load();
    queue.start((event) => notifier.take(event));
    await server.listen({ host: settings['server-host'], port: settings['server-port'] });
  } catch (error) {
    await stopOnce();
    throw error;
  }
  simulator.start();
  const { port } = server.server.address() as AddressInfo;
  return { url: `http://localhost:${port}`, stopCalls, stop: stopOnce };
}
