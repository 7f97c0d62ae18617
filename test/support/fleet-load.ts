import { type Balancer, startBalancer } from './balancer.ts';
import { PublishLedger } from './publish-ledger.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { ReceiverField } from './receiver-field.ts';
import type { ServerProcess } from './server-process.ts';
import { waitFor } from './wait-for.ts';

export const FLEET_SECRET = 'a secret of the fleet test, 32 characters';

/** The `throttleRate` of the endpoint `paced`; its publisher publishes less often. */
export const PACED_RATE = 20;

/**
 * Within this time the others take over the shards of a killed process: its session ends with it. A process whose
 * session stays open loses its shards only 8 s after its last heartbeat.
 */
export const TAKEN_OVER_WITHIN_MS = 7_500;

/** The settings that all processes of a fleet share. */
export function fleetSettings(databaseUrl: string): Record<string, string> {
  return {
    POSTHASTE_DATABASE_URL: databaseUrl,
    POSTHASTE_JWT_SECRET: FLEET_SECRET,
    POSTHASTE_ALLOW_NETWORKS: '127.0.0.0/8',
    POSTHASTE_LOG_LEVEL: 'error',
  };
}

/**
 * Steady load through a balancer, from one publisher for each endpoint. One endpoint is ordered, one has a rate, and
 * eight are plain. Publishers record each accepted message, the receiver each arrival.
 */
export interface FleetLoad {
  readonly balancer: Balancer;
  readonly receiver: Receiver;
  readonly field: ReceiverField;
  readonly ledger: PublishLedger;
  readonly app: string;
  /** The names of the endpoints that have a publisher. */
  readonly names: string[];
  readonly plain: readonly string[];
  /** Creates an endpoint that gets the events `fleet.NAME` at the receiver's path `/NAME`. */
  readonly endpoint: (name: string, more: object) => Promise<{ id: string }>;
  /** Starts a publisher, which pauses after each message. */
  publishTo(name: string, pauseMs?: number): void;
  /** Waits until every message that was accepted before the instant has arrived. */
  readonly settled: (before: number, withinMs: number) => Promise<void>;
  /** Ends the publishers and waits until all messages have arrived. Rejects with a publisher's error. */
  finish(withinMs?: number): Promise<void>;
  /** Messages that are missing or out of order, overlapping requests to the ordered endpoint, a rate above the limit. */
  breaches(): string[];
  /** The longest time from acceptance to arrival among messages to plain endpoints accepted since the instant. */
  slowest(since: number): number;
  close(): Promise<void>;
}

export async function startFleetLoad(
  servers: readonly Pick<ServerProcess, 'url'>[],
): Promise<FleetLoad> {
  const balancer = await startBalancer(servers, FLEET_SECRET);
  const receiver = await startReceiver();
  const field = new ReceiverField(receiver.received);
  receiver.answer = ({ path }, response) => {
    field.began(path);
    setTimeout(() => {
      field.ended(path);
      response.end();
    }, 5);
  };
  const { id: app = '' } = await balancer.post('/app', { name: 'fleet' });
  const ledger = new PublishLedger((name, number) =>
    balancer.post(
      `/app/${app}/msg`,
      { eventType: `fleet.${name}`, payload: { number } },
      `${name}-${number}`,
    ),
  );
  const plain = Array.from({ length: 8 }, (_, index) => `plain${index}`);
  const names: string[] = [];
  const publishers: Promise<void>[] = [];

  async function endpoint(name: string, more: object): Promise<{ id: string }> {
    await balancer.post('/event-type', { name: `fleet.${name}`, description: '' });
    const { id = '' } = await balancer.post(`/app/${app}/endpoint`, {
      url: `${receiver.url}${name}`,
      eventTypes: [`fleet.${name}`],
      ...more,
    });
    // Until all processes know the endpoint, one of them may accept a message without a delivery to it.
    const createdAt = Date.now();
    await waitFor(() => Date.now() > createdAt + KNOWN_WITHIN_MS);
    return { id };
  }

  function publishTo(name: string, pauseMs = 25): void {
    names.push(name);
    const publisher = ledger.publish(name, pauseMs);
    // `finish` throws its error.
    publisher.catch(() => {});
    publishers.push(publisher);
  }

  async function settled(before: number, withinMs: number): Promise<void> {
    const late = () =>
      names.filter((name) => !(field.arrivedUpTo(name) > ledger.acceptedBefore(name, before)));
    await waitFor(() => late().length === 0, 'all to arrive', withinMs).catch((cause: unknown) => {
      const states = late().map(
        (name) => `${name} ${field.arrivedUpTo(name)}/${ledger.count(name)}`,
      );
      throw new Error(`late: ${states.join(', ')}`, { cause });
    });
  }

  await Promise.all([
    endpoint('ordered', { ordered: true }),
    endpoint('paced', { throttleRate: PACED_RATE }),
    ...plain.map((name) => endpoint(name, {})),
  ]);
  publishTo('ordered');
  publishTo('paced', 70);
  for (const name of plain) publishTo(name);

  return {
    balancer,
    receiver,
    field,
    ledger,
    app,
    names,
    plain,
    endpoint,
    publishTo,
    settled,
    async finish(withinMs = 30_000) {
      ledger.stop();
      await Promise.all(publishers);
      await settled(Infinity, withinMs);
    },
    breaches() {
      const most = field.mostWithin('paced', 1_000);
      return [
        ...names.flatMap((name) =>
          field.missing(name, ledger.count(name)).map((number) => `${name} ${number} is missing`),
        ),
        ...field.outOfOrder('ordered').map((number) => `ordered ${number} is out of order`),
        ...(field.overlaps('ordered') === 0
          ? []
          : ['two requests of the ordered endpoint at once']),
        ...(most <= PACED_RATE * 1.3 ? [] : [`${most} requests in a second to the paced endpoint`]),
      ];
    },
    slowest: (since) => Math.max(...ledger.delays(field, plain, since, Date.now())),
    async close() {
      ledger.stop();
      await Promise.allSettled(publishers);
      await balancer.close();
      await receiver.close();
    },
  };
}

/** The time until every process knows of a change to an endpoint. */
const KNOWN_WITHIN_MS = 1_000;
